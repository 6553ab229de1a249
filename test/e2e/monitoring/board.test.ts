import { describe, expect, test } from 'vitest';
import { board, choose, promqlOf } from '../../support/board.ts';
import { checkExpressions } from '../../support/promtool.ts';

const SOURCE = { type: 'prometheus', uid: '$' + '{datasource}' };

describe('the board', () => {
  test.each(board().panels.map((panel) => [panel.title, panel] as const))(
    'panel "%s" tells what it is, in which unit, from which source',
    (_title, panel) => {
      expect(panel.title).toMatch(/\w/);
      if (panel.type === 'row') return;
      expect(panel.description).toMatch(/\w.*\.$/);
      expect(panel.fieldConfig?.defaults.unit).toMatch(/^(short|s|cps|percentunit|bool_yes_no)$/);
      expect(panel.datasource).toEqual(SOURCE);
      expect(panel.targets?.length).toBeGreaterThan(0);
      for (const target of panel.targets ?? []) {
        expect(target.datasource).toEqual(SOURCE);
        expect(target.legendFormat).toMatch(/\w/);
      }
    },
  );

  test('has titles, ids and places that no two panels share', () => {
    const panels = board().panels;
    expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
  });

  test('asks for cluster, then topic, then group, from the data source that was chosen', () => {
    const [source, ...rest] = board().templating.list;
    expect(source).toMatchObject({ name: 'datasource', type: 'datasource', query: 'prometheus' });
    expect(rest.map(({ name }) => name)).toEqual(['cluster', 'topic', 'group']);
    for (const variable of rest) expect(variable.datasource).toEqual(SOURCE);
  });

  test('has queries that Prometheus parses, whatever is chosen', async () => {
    const expressions = [...promqlOf(board()), ...board().annotations.list].map(({ expr }) => choose(expr));
    expect(expressions.length).toBeGreaterThan(20);
    expect(await checkExpressions(expressions)).toBe('');
    expect(await checkExpressions(['sum(', ...expressions])).toContain('parse error');
  });
});

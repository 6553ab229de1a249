import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { shapeOf } from '../../scripts/pictures/demo-picture.ts';
import { BOARD_KEYWORD, sizeOf, textOf } from '../../scripts/pictures/png.ts';
import { linesOf, terminal } from '../../scripts/pictures/terminal.ts';
import { boardHash } from '../support/board.ts';

const IMAGES = new URL('../../docs/images/', import.meta.url);
const pngs = readdirSync(IMAGES).filter((name) => name.endsWith('.png'));

describe('the pictures of the board', () => {
  test('are there', () => expect(pngs).toEqual(['board-all.png', 'board.png']));

  test.each(pngs)('%s was made from the board as it is; if not, run `npm run board`', (name) => {
    const png = readFileSync(new URL(name, IMAGES));
    expect(textOf(png, BOARD_KEYWORD)).toBe(boardHash());
    expect(sizeOf(png).width).toBeGreaterThan(1000);
  });
});

describe('the picture of a terminal', () => {
  const lines = ['a < b && c > "d"', '│ 3,022 │   6.9 s │'];

  test('has its lines as text, the command first', () => {
    expect(linesOf(terminal('$ do', ['', ...lines, '']))).toEqual(['$ do', ...lines]);
  });

  test('is the same for runs that differ in times and widths alone', () => {
    expect(shapeOf('│ 3,022 │   6.9 s │')).toBe(shapeOf('│ 14  │ 7.1 min │'));
    expect(shapeOf('g_orders 3,022')).not.toBe(shapeOf('g_billing 3,022'));
  });
});

import { describe, expect, test } from 'vitest';
import { renderResult } from '../scripts/demo/result-table.ts';
import type { TickResult } from '../src/result.ts';
import { answering, asked, processes, SILENT } from './support/processes.ts';
import { behind, failedTopic, group, readings, topic } from './support/readings.ts';
import { tickOf } from './support/ticks.ts';

const READ = readings([topic('orders', group('g', behind(5))), failedTopic('payments')]);
const NAMED = { request: { groups: ['g'], dryRun: true } };

/** What a person is shown of a tick. */
const shown = async (...of: Parameters<typeof tickOf>) => renderResult((await tickOf(...of)).result as TickResult);

describe('the table of a result', () => {
  test('shows every process of groups that are named, and no such table where nobody was asked', async () => {
    const told = await shown({ ...READ, processes: asked(processes(answering(SILENT))) }, NAMED);
    expect(told).toMatch(/Every process\n.*\n.*consumer group/);
    const untold = await shown(READ, NAMED);
    expect(untold).toContain('Furthest behind');
    expect(untold).not.toContain('Every process');
    expect(untold).not.toContain('What would be pushed');
  });

  test('names what was not read, by its topic where there is one', async () => {
    const unreadGroups = [{ consumerGroup: 'h', failure: { kind: 'refused', message: 'broker away' } }];
    const lines = (await shown({ ...READ, unreadGroups })).split('\n');
    expect(lines.slice(lines.indexOf('Not read'))).toEqual([
      'Not read',
      '  payments: took too long (timeout)',
      '  consumer group h: broker away (refused)',
    ]);
  });
});

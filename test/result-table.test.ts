import { describe, expect, test } from 'vitest';
import type { TickResult } from '../src/result.ts';
import { renderResult } from '../src/terminal/tables.ts';
import { answering, asked, client, does, holds, NOTHING, processes, SILENT, stuck } from './support/processes.ts';
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
    expect(untold).toMatch(/│ why +│\n.*\n│ orders +│ g +│.*│ \(not asked\) +│/);
    expect(untold).toContain('\nNo process to show: ');
  });

  test('says unknown where a process did not tell, leaves empty what it cannot have, and spells times as the reason does', async () => {
    const clients = processes(
      client({ queues: [stuck(3, 150)], activity: [does(NOTHING)] }),
      client({ type: 'pull', threads: null, activity: [], queues: [holds({ inHand: 1 })] }, '192.0.2.3@7'),
      answering(SILENT, '192.0.2.4@8'),
    );
    const told = await shown({ ...READ, processes: asked(clients) }, NAMED);
    const every = told.slice(told.indexOf('Every process')).replace(/ +/g, ' ');
    expect(every).toContain('│ concurrent │ V5_5_1 │ 2 │ 0.0 │ unknown │ unknown │ 3 │ 0.0 │ 2 min │');
    expect(every).toContain('│ 192.0.2.3 │ 7 │ yes │ pull │ V5_5_1 │ │ │ │ │ 1 │ │ 0 s │');
    expect(every).toContain(
      '│ 192.0.2.4 │ 8 │ NO │ unknown │ unknown │ unknown │ unknown │ unknown │ unknown │ unknown │ unknown │ unknown │',
    );
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

import { describe, expect, test } from 'vitest';
import { runCommand } from '../../scripts/servers/processes.ts';
import { obtainProgram } from '../../scripts/servers/servers.ts';
import { envFor, pushgateway, replayConsole, run } from '../support/run.ts';

/** Backlog, phantoms, broadcast and unreadable groups behind each recorded console, as that cluster's own admin tool had them. */
const RECORDINGS = [
  { recording: '1.0.0.healthy', backlog: 14270, phantom: 12, broadcast: 0, unreadable: 0 },
  { recording: '2.0.0.healthy', backlog: 14279, phantom: 12, broadcast: 0, unreadable: 0 },
  { recording: '2.1.0.healthy', backlog: 14296, phantom: 12, broadcast: 0, unreadable: 0 },
  { recording: 'master.healthy', backlog: 14281, phantom: 12, broadcast: 0, unreadable: 0 },
  { recording: '2.1.0.rocketmq-5.5.0', backlog: 10076, phantom: 0, broadcast: 1, unreadable: 0 },
  { recording: '1.0.0.broker-down', backlog: 7502, phantom: 12, broadcast: 0, unreadable: 0 },
  { recording: '2.1.0.broker-down', backlog: 7493, phantom: 12, broadcast: 0, unreadable: 0 },
  { recording: '1.0.0.consumer-frozen', backlog: 18915, phantom: 10, broadcast: 0, unreadable: 0 },
  { recording: '2.1.0.consumer-frozen', backlog: 18702, phantom: 10, broadcast: 0, unreadable: 0 },
  { recording: '1.0.0.grpc-5.5.0', backlog: 5954, phantom: 0, broadcast: 1, unreadable: 1 },
  { recording: '2.1.0.grpc-5.5.0', backlog: 9974, phantom: 0, broadcast: 1, unreadable: 0 },
  { recording: '1.0.0.rocketmq-4.9.7', backlog: 8571, phantom: 0, broadcast: 1, unreadable: 0 },
  { recording: '2.1.0.rocketmq-4.9.7', backlog: 8530, phantom: 0, broadcast: 1, unreadable: 0 },
  { recording: '2.1.0.process-killed', backlog: 14275, phantom: 3, broadcast: 0, unreadable: 0 },
] as const;

const SUMS = ['detail', 'topic', 'consumergroup', 'topic_consumergroup', 'broker', 'queue', 'clientinfo'] as const;

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

describe('every recorded console, at a real Pushgateway', () => {
  test.each(RECORDINGS)(
    '$recording: seven views of a backlog of $backlog',
    async ({ recording, backlog, phantom, broadcast, unreadable }) => {
      const [source, gateway] = await Promise.all([replayConsole(recording), pushgateway()]);
      const { result } = await run({}, envFor(source.url, gateway.url));
      expect(result?.backlog).toBe(backlog);
      expect(result?.groups).toMatchObject({ phantom, broadcast, unreadable });
      for (const view of SUMS)
        expect({ view, sum: sum(await gateway.values(`rocketmq_msg_diff_${view}{`)) }).toEqual({ view, sum: backlog });
      expect(await gateway.values('rocketmq_tick_groups{', 'outcome="phantom"')).toEqual([phantom]);
      expect(await gateway.values('rocketmq_tick_success{')).toEqual([1]);
    },
  );

  test.each(['1.0.0', '2.0.0', '2.1.0', 'master'])('%s.dead-letters: 1900 stored for g_fail', async (version) => {
    const [source, gateway] = await Promise.all([replayConsole(`${version}.dead-letters`), pushgateway()]);
    await run({}, envFor(source.url, gateway.url));
    expect(await gateway.values('rocketmq_msg_diff_dead_letters{', 'consumerGroup="g_fail"')).toEqual([1900]);
    expect(await gateway.values('rocketmq_msg_diff_dead_letter_offset{', 'consumerGroup="g_fail"')).toEqual([1900]);
  });

  test('promtool finds nothing to complain about but the names that the old board fixes', async () => {
    const [source, gateway] = await Promise.all([replayConsole('2.1.0.grpc-5.5.0'), pushgateway()]);
    const { result } = await run({ dryRun: true }, envFor(source.url, gateway.url));
    const complaints = await checkMetrics(result?.exposition ?? '');
    expect(complaints.filter((line) => !line.includes('camelCase'))).toEqual([]);
    expect(complaints).not.toEqual([]);
  });
});

/** What `promtool check metrics` says of an exposition, a line each. */
async function checkMetrics(exposition: string): Promise<string[]> {
  // It exits with 3 where it has a complaint, and writes it to stderr.
  const { code, stdout, stderr } = await runCommand(obtainProgram('promtool'), ['check', 'metrics'], { input: exposition });
  return lines(code === 0 ? stdout : stderr);
}

const lines = (text: string) => text.split('\n').filter((line) => line.trim() !== '');

import { describe, expect, test } from 'vitest';
import { loadRecording } from '../../scripts/servers/recordings.ts';
import { envFor, pushgateway, replayConsole, run } from '../support/run.ts';

const HEALTHY_CAST = {
  'h_blocked g_blocked': 'blocked',
  'h_pulled g_pulled': 'blocked',
  'h_half g_half': 'blocked',
  'h_slow g_slow': 'saturated',
  'h_failing g_failing': 'failing',
  '%RETRY%g_failing g_failing': 'failing',
  'h_mix g_mix': 'subscriptions-differ',
  'h_dup g_dup': 'duplicate-client-id',
  'h_offline g_offline': 'nobody-online',
  'h_fast g_fast': 'catching-up',
  'h_many g_many': 'catching-up',
  'h_ordered g_ordered': 'catching-up',
};

/** Groups of known health, behind real consoles: why they are behind on a topic. */
const CASTS: { recording: string; reasons: Record<string, string> }[] = [
  { recording: '1.0.0.processes-5.5.1', reasons: HEALTHY_CAST },
  { recording: '2.1.0.processes-5.5.1', reasons: HEALTHY_CAST },
  // Lite pull consumers of 4.9.7 tell none of the queues that they hold, and the console names no holder either.
  {
    recording: '2.1.0.processes-4.9.7',
    reasons: { ...HEALTHY_CAST, 'h_pulled g_pulled': 'unknown', '%RETRY%g_offline g_offline': 'nobody-online' },
  },
  {
    recording: '2.1.0.processes-frozen',
    reasons: {
      ...HEALTHY_CAST,
      ...Object.fromEntries(['half', 'mix', 'fast', 'many', 'ordered'].map((name) => [`h_${name} g_${name}`, 'unresponsive'])),
    },
  },
];

const labelsOf = (line: string) => Object.fromEntries([...line.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]));
const valueIn = (line: string) => Number(line.slice(line.lastIndexOf(' ') + 1));
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

async function tickOf(recording: string, env: Record<string, string> = {}) {
  const [source, gateway] = await Promise.all([replayConsole(loadRecording(recording)), pushgateway()]);
  const ran = await run({}, envFor(source.url, gateway.url, env));
  const samples = await gateway.samples();
  const series = (metric: string) => samples.filter((line) => line.startsWith(`rocketmq_${metric}{`));
  return { ...ran, gateway, series };
}

describe('a recorded cast whose health is known, at a real Pushgateway', () => {
  test.each(CASTS)('$recording: why each is behind', async ({ recording, reasons }) => {
    const { result, series } = await tickOf(recording);
    expect(result?.failures.filter(({ topic }) => !topic.startsWith('%DLQ%'))).toEqual([]);
    const told = series('msg_diff_reason').map((line) => {
      const { topic, consumerGroup, reason } = labelsOf(line);
      expect(valueIn(line)).toBe(1);
      return [`${topic} ${consumerGroup}`, reason];
    });
    expect(Object.fromEntries(told)).toEqual(reasons);
    expect(told).toHaveLength(Object.keys(reasons).length);
    for (const { topic, consumerGroup, reason } of result?.top.groups ?? []) expect(reason).toBe(reasons[`${topic} ${consumerGroup}`]);
  });

  test.each(CASTS)('$recording: the seven views of the backlog agree, and are what they are without a question', async ({ recording }) => {
    const [asked, unasked] = [await tickOf(recording), await tickOf(recording, { PROCESS_QUESTIONS: '0' })];
    expect(unasked.series('msg_diff_reason')).toEqual([]);
    for (const view of ['detail', 'topic', 'consumergroup', 'topic_consumergroup', 'broker', 'queue', 'clientinfo'])
      expect({ view, sum: sum(asked.series(`msg_diff_${view}`).map(valueIn)) }).toEqual({ view, sum: unasked.result?.backlog });
    for (const same of ['topic', 'consumergroup', 'topic_consumergroup', 'broker', 'queue', 'consumer_offset', 'clients_online'])
      expect(asked.series(`msg_diff_${same}`)).toEqual(unasked.series(`msg_diff_${same}`));
    expect(asked.result?.failures).toEqual(unasked.result?.failures);
  });

  test('every number of a process', async () => {
    const { series } = await tickOf('2.1.0.processes-5.5.1');
    const numbers = (metric: string, consumerGroup: string) =>
      series(metric)
        .filter((line) => labelsOf(line).consumerGroup === consumerGroup && !line.includes('topic="%RETRY%'))
        .map((line) => [labelsOf(line).consumerClientPID, valueIn(line)]);
    expect(numbers('process_consumed_per_second', 'g_slow')).toEqual([['14083', 2.4833333333333334]]);
    expect(numbers('process_failed_per_second', 'g_failing')).toEqual([['14083', 8.883333333333333]]);
    expect(numbers('process_pulled_per_second', 'g_slow')).toEqual([['14083', 9.816666666666666]]);
    expect(numbers('process_consume_seconds', 'g_slow')).toEqual([['14083', expect.closeTo(0.8055, 4)]]);
    expect(numbers('process_consume_seconds', 'g_blocked')).toEqual([]);
    expect(numbers('process_cached_messages', 'g_half')).toEqual([
      ['14083', 0],
      ['14084', 638],
    ]);
    expect(numbers('process_idle_seconds', 'g_half')).toEqual([
      ['14083', 0],
      ['14084', expect.closeTo(122, -1)],
    ]);
    expect(numbers('process_busy_ratio', 'g_slow')).toEqual([['14083', expect.closeTo(1, 2)]]);
    expect(numbers('process_busy_ratio', 'g_pulled')).toEqual([]);
    expect(numbers('process_threads', 'g_fast')).toEqual([
      ['14083', 4],
      ['14084', 4],
    ]);
    expect(numbers('process_started_timestamp_seconds', 'g_slow')).toEqual([['14083', 1795568779.617]]);
    expect(numbers('process_responding', 'g_many')).toHaveLength(6);
    expect(series('process_info').map(labelsOf)).toContainEqual(
      expect.objectContaining({
        consumerGroup: 'g_ordered',
        consumerClientPID: '14084',
        version: 'V5_5_1',
        language: 'JAVA',
        type: 'orderly',
      }),
    );
    expect(numbers('group_subscriptions_differ', 'g_mix')).toEqual([[undefined, 1]]);
    expect(numbers('group_subscriptions_differ', 'g_fast')).toEqual([[undefined, 0]]);
    expect(numbers('group_duplicate_client_ids', 'g_dup')).toEqual([[undefined, 1]]);
    expect(series('tick_processes').map((line) => [labelsOf(line).outcome, valueIn(line)])).toEqual([
      ['answered', 19],
      ['failed', 0],
      ['unasked', 0],
      ['unresponsive', 0],
    ]);
  });

  test('a process that hangs is named, and hides the healthy one beside it no longer', async () => {
    const [{ series }, without] = [
      await tickOf('2.1.0.processes-frozen'),
      await tickOf('2.1.0.processes-frozen', { PROCESS_QUESTIONS: '0' }),
    ];
    const responding = series('process_responding').filter((line) => line.includes('"g_half"'));
    expect(responding.map((line) => [labelsOf(line).consumerClientPID, valueIn(line)])).toEqual([
      ['14083', 1],
      ['14084', 0],
    ]);
    const held = (of: typeof series) =>
      of('msg_diff_detail')
        .filter((line) => line.includes('topic="h_half"'))
        .map((line) => [labelsOf(line).broker, labelsOf(line).consumerClientPID])
        .map(([broker, pid]) => `${broker} ${pid}`);
    expect(new Set(held(without.series))).toEqual(new Set(['broker-a ', 'broker-b ']));
    expect(new Set(held(series))).toEqual(new Set(['broker-a 14083', 'broker-b ']));
    const unassigned = series('msg_diff_unassigned').find((line) => line.includes('topic="h_half"'));
    expect(valueIn(unassigned ?? '')).toBe(918);
    const dup = series('msg_diff_detail').filter((line) => line.includes('topic="h_dup"'));
    expect(dup.map((line) => labelsOf(line).consumerClientPID)).toEqual(Array(8).fill(''));
  });
});

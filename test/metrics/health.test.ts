import { describe, expect, test } from 'vitest';
import { exposeHealth, type Health } from '../../src/metrics/health-metrics.ts';

const COMPLETE: Health = {
  success: true,
  complete: true,
  lastSuccess: 1_714_521_600_250,
  durationMs: 1_500,
  topics: { read: 12, failed: 0, unread: 1, ignored: 9 },
  groups: { read: 8, unreadable: 2, phantom: 3, broadcast: 1, unsubscribed: 0 },
  series: { pushed: 400, dropped: 5 },
  brokers: { seen: 2, missing: ['broker-c'] },
  processes: { answered: 6, unresponsive: 1, failed: 0, unasked: 3 },
  negativeDiffs: 0,
  console: { requests: 17, answerSeconds: { median: 0.02, slowest: 1.5 } },
  version: '1.2.3',
};

async function samples(health: Health): Promise<string[]> {
  const text = await exposeHealth(health, 'rocketmq');
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

describe('the health of a tick', () => {
  test('says all that a tick knows', async () => {
    expect(await samples(COMPLETE)).toEqual([
      'rocketmq_tick_success 1',
      'rocketmq_tick_complete 1',
      'rocketmq_tick_last_success_timestamp_seconds 1714521600.25',
      'rocketmq_tick_duration_seconds 1.5',
      'rocketmq_tick_topics{outcome="read"} 12',
      'rocketmq_tick_topics{outcome="failed"} 0',
      'rocketmq_tick_topics{outcome="unread"} 1',
      'rocketmq_tick_topics{outcome="ignored"} 9',
      'rocketmq_tick_groups{outcome="read"} 8',
      'rocketmq_tick_groups{outcome="unreadable"} 2',
      'rocketmq_tick_groups{outcome="phantom"} 3',
      'rocketmq_tick_groups{outcome="broadcast"} 1',
      'rocketmq_tick_groups{outcome="unsubscribed"} 0',
      'rocketmq_tick_series{outcome="pushed"} 400',
      'rocketmq_tick_series{outcome="dropped"} 5',
      'rocketmq_tick_brokers{outcome="seen"} 2',
      'rocketmq_tick_brokers{outcome="missing"} 1',
      'rocketmq_tick_processes{outcome="answered"} 6',
      'rocketmq_tick_processes{outcome="unresponsive"} 1',
      'rocketmq_tick_processes{outcome="failed"} 0',
      'rocketmq_tick_processes{outcome="unasked"} 3',
      'rocketmq_tick_negative_diffs 0',
      'rocketmq_tick_console_requests 17',
      'rocketmq_tick_console_answer_seconds 0.02',
      'rocketmq_tick_console_slowest_answer_seconds 1.5',
      'rocketmq_tick_build_info{version="1.2.3"} 1',
    ]);
  });

  test('leaves out what a failed tick does not know: no 0 stands for it', async () => {
    const failed: Health = {
      ...COMPLETE,
      success: false,
      complete: false,
      lastSuccess: undefined,
      topics: undefined,
      groups: undefined,
      series: undefined,
      brokers: undefined,
      processes: undefined,
      negativeDiffs: undefined,
      console: { requests: 0, answerSeconds: undefined },
    };
    expect(await samples(failed)).toEqual([
      'rocketmq_tick_success 0',
      'rocketmq_tick_complete 0',
      'rocketmq_tick_duration_seconds 1.5',
      'rocketmq_tick_console_requests 0',
      'rocketmq_tick_build_info{version="1.2.3"} 1',
    ]);
  });

  test('tells a partial tick: pushed, and not complete', async () => {
    const text = await samples({ ...COMPLETE, complete: false });
    expect(text.slice(0, 2)).toEqual(['rocketmq_tick_success 1', 'rocketmq_tick_complete 0']);
  });
});

import { setTimeout as sleep } from 'node:timers/promises';
import { openLog } from '../../src/base/log.ts';
import { emptyWarmState, invoke } from '../../src/invocation.ts';
import { startReplayConsole } from '../../src/reading/rocketmq-console/replay.ts';
import type { RunningServer } from '../servers/processes.ts';
import { type FiringAlert, type Prometheus, startPrometheus } from '../servers/prometheus.ts';
import { loadRecording } from '../servers/recordings.ts';
import { startPushgateway } from '../servers/servers.ts';
import { live } from './cluster.ts';

/** A log that keeps nothing. */
export const QUIET = { ...openLog(process.stderr), info: () => {}, warn: () => {}, error: () => {} };

export interface WatchOptions {
  /** The real duration of one minute in the rules, in ms. */
  readonly minuteMs?: number;
  readonly say?: (line: string) => void;
}

/** How many minutes of the rules to wait for the alert of a chapter. */
const MAX_WAIT_MINUTES = 40;

/** The chapters: what happens to the cluster, and the alert that it must fire. */
const STORY = [
  {
    recording: '2.1.0.healthy',
    title: 'A healthy cluster. But 700 messages wait for g_offline, and nobody is there.',
    until: 'NobodyConsumes',
  },
  {
    recording: '2.1.0.broker-down',
    title: 'broker-b is killed: its queues are just gone, and the backlog halves.',
    until: 'BrokerVanished',
  },
  { recording: undefined, title: 'The console is gone. The Pushgateway goes on showing the last numbers.', until: 'CollectorStale' },
] as const;

/**
 * Runs real ticks, a real Pushgateway and a real Prometheus with the shipped rules, sped up. Prints which alerts fire and
 * resolve while a replayed cluster fails. Ends by itself; returns the exit status, 0 when each chapter fired its alert.
 */
export async function watch({ minuteMs = 1_500, say = console.log }: WatchOptions = {}): Promise<number> {
  const running: RunningServer['stop'][] = [];
  const interrupted = new AbortController();
  const interrupt = () => interrupted.abort();
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    const gateway = await startPushgateway();
    running.push(gateway.stop);
    const ticking = await startTicking({ gatewayUrl: gateway.url, clusterName: 'demo', recording: STORY[0].recording, minuteMs });
    running.push(ticking.stop);
    const prometheus = await startPrometheus({ gatewayUrl: gateway.url, minuteMs });
    running.push(prometheus.stop);
    say(`A real Prometheus at ${prometheus.url} scrapes a real Pushgateway at ${gateway.url}.`);
    say(`A minute lasts ${minuteMs / 1000} s here, for the ticks and in the rules of monitoring/rules.`);

    const alerts = watchAlerts(prometheus, say);
    for (const { recording, title, until } of STORY) {
      say(`\n${title}`);
      ticking.show(recording);
      const fired = await alerts.until(`RocketmqLag${until}`, MAX_WAIT_MINUTES * minuteMs, interrupted.signal);
      if (interrupted.signal.aborted) return 130;
      if (!fired) {
        say(`RocketmqLag${until} should have fired by now, and has not.`);
        return 1;
      }
    }
    say('\nThe backlog alerts have resolved, because the backlog is no longer known. docs/alerts.md explains each alert.');
    return 0;
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
    for (const stop of running.reverse()) await stop();
  }
}

export interface Ticking {
  /** Replays this recording from now on; `undefined` closes every connection without an answer. */
  show(recording: string | undefined): void;
  stop(): Promise<void>;
}

export interface TickingOptions {
  readonly gatewayUrl: string;
  readonly clusterName: string;
  /** The recording that is replayed first. */
  readonly recording: string;
  /** The real duration of a minute in ms, which is also the interval between ticks. */
  readonly minuteMs: number;
}

/** Runs real ticks against a replay console until stopped. */
export async function startTicking({ gatewayUrl, clusterName, recording, minuteMs }: TickingOptions): Promise<Ticking> {
  let shown: string | undefined = recording;
  let shownAt = Date.now();
  let stopped = false;
  const beganAt = Date.now();
  const source = await startReplayConsole(loadRecording(recording), (request) => {
    if (shown !== undefined) return false;
    request.socket.destroy();
    return true;
  });
  const env = { CONSOLE_URL: source.url, PUSHGATEWAY_URL: gatewayUrl, CLUSTER_NAME: clusterName, NAMESRV_ADDR: '192.0.2.9:9876' };
  const warm = emptyWarmState();
  const minutes = (since: number) => Math.floor((Date.now() - since) / minuteMs);

  async function tickOn(): Promise<void> {
    while (!stopped) {
      const begun = Date.now();
      if (shown !== undefined) source.replay(live(loadRecording(shown), { minute: minutes(beganAt), since: minutes(shownAt), now: begun }));
      // A failed tick has pushed its health, and only that is examined.
      await invoke({}, { env, budgetMs: minuteMs, warm, log: QUIET }).catch(() => undefined);
      await sleep(Math.max(0, begun + minuteMs - Date.now()));
    }
  }

  const ticking = tickOn();
  return {
    show: (next) => {
      shown = next;
      shownAt = Date.now();
    },
    stop: async () => {
      stopped = true;
      await ticking;
      await source.close();
    },
  };
}

/** Prints a line when an alert fires or resolves. */
function watchAlerts(prometheus: Prometheus, say: (line: string) => void) {
  const beganAt = Date.now();
  let last = new Map<string, FiringAlert>();

  async function poll(): Promise<void> {
    const firing = (await prometheus.alerts()).filter(({ state }) => state === 'firing');
    const now = new Map(firing.map((alert) => [JSON.stringify(alert.labels), alert]));
    print('FIRING', onlyIn(now, last));
    print('resolved', onlyIn(last, now));
    last = now;
  }

  function onlyIn(these: ReadonlyMap<string, FiringAlert>, others: ReadonlyMap<string, FiringAlert>): FiringAlert[] {
    return [...these].filter(([key]) => !others.has(key)).map(([, alert]) => alert);
  }

  /** One line for each alert name; alerts of the same name that differ in their labels share it. */
  function print(state: string, alerts: readonly FiringAlert[]): void {
    const seconds = Math.round((Date.now() - beganAt) / 1000);
    for (const alertname of new Set(alerts.map(({ labels }) => labels.alertname))) {
      const [first, ...more] = alerts.filter(({ labels }) => labels.alertname === alertname);
      const andMore = more.length > 0 ? ` (and ${more.length} more)` : '';
      say(
        `${String(seconds).padStart(4)} s  ${state.padEnd(8)}  ${first?.labels.severity?.padEnd(8)}  ${alertname}: ${first?.annotations.summary}${andMore}`,
      );
    }
  }

  return {
    /** Whether the alert fires before the timeout. */
    until: async (alertname: string, timeoutMs: number, signal: AbortSignal): Promise<boolean> => {
      const deadline = Date.now() + timeoutMs;
      while (Date.now() < deadline && !signal.aborted) {
        await poll();
        if ([...last.values()].some(({ labels }) => labels.alertname === alertname)) return true;
        await sleep(200);
      }
      return false;
    },
  };
}

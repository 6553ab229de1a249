import { setTimeout as sleep } from 'node:timers/promises';
import { openLog } from '../../src/base/log.ts';
import { emptyWarmState, invoke } from '../../src/invocation.ts';
import { loadRecording, startReplayConsole } from '../../test/support/replay-console.ts';
import { live } from './cluster.ts';

/** A log that keeps nothing. */
export const QUIET = { ...openLog(process.stderr), info: () => {}, warn: () => {}, error: () => {} };

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

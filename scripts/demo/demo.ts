import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { toFailure } from '../../src/base/errors.ts';
import { emptyWarmState, invoke } from '../../src/invocation.ts';
import { startReplayConsole } from '../../src/reading/rocketmq-console/replay.ts';
import { renderResult } from '../../src/terminal/tables.ts';
import { leaveHost } from '../servers/processes.ts';
import { loadRecording } from '../servers/recordings.ts';
import { startPushgateway } from '../servers/servers.ts';
import { asIfNow, clusterIn } from './cluster.ts';
import { QUIET, watch } from './watch.ts';

const CLUSTER_NAME = 'demo';
/** PID of the process that is missing in the second recording. */
const KILLED_PID = '9196';
/** A cluster whose processes say why their groups are behind. */
const WHY_RECORDING = '2.1.0.processes-5.5.1';

const USAGE = `Shows what this does, with a recorded cluster and a real Pushgateway.

  npm run demo -- [options]

  --watch  show alerts that fire and resolve, from a real Prometheus, sped up
  --keep   leave the Pushgateway and a console running, for ticks of your own
  --help   print this`;

const { values: flags } = parseArgs({ options: { keep: { type: 'boolean' }, watch: { type: 'boolean' }, help: { type: 'boolean' } } });
leaveHost();
const shown = flags.help ? help : flags.watch ? watch : demo;
process.exitCode = await shown().catch((error: unknown) => {
  console.error(toFailure(error).message);
  return 1;
});

async function help(): Promise<number> {
  console.log(USAGE);
  return 0;
}

/** Ticks of one cluster, and one of another, from recordings of a real console to a real Pushgateway. */
async function demo(): Promise<number> {
  const gateway = await startPushgateway();
  const source = await startReplayConsole(clusterIn('2.1.0.healthy'));
  const warm = emptyWarmState();
  const env = { CONSOLE_URL: source.url, PUSHGATEWAY_URL: gateway.url, CLUSTER_NAME };
  const tick = (event: object = {}) => invoke(event, { env, budgetMs: 20_000, warm, log: QUIET });
  try {
    say(`A console of version 2.1.0, replayed from a recording, at ${source.url}`, `A real Pushgateway at ${gateway.url}`);

    title('1. A healthy cluster');
    console.log(renderResult(await tick()));
    say('At the Pushgateway, the backlog of each process:', ...(await seriesOf(gateway.url, 'msg_diff_clientinfo{')));

    title(`2. One of the two processes of g_orders, PID ${KILLED_PID}, was killed`);
    source.replay(clusterIn('2.1.0.process-killed'));
    console.log(renderResult(await tick()));
    const processes = await seriesOf(gateway.url, 'msg_diff_clientinfo{');
    say('At the Pushgateway, the backlog of each process:', ...processes);
    const gone = !processes.some((line) => line.includes(`"${KILLED_PID}"`));
    say(
      gone
        ? `PID ${KILLED_PID} is gone from the Pushgateway, and g_orders has one process left to do the work of two. While clients reconnect, the console cannot name the client of some queues: their backlog still counts, without a known client.`
        : `PID ${KILLED_PID} is still there.`,
    );

    title('3. Why is a group behind? Another cluster, in which one of the two processes of g_half is blocked');
    source.replay(asIfNow(loadRecording(WHY_RECORDING)));
    const why = await tick({ groups: ['g_half', 'g_slow', 'g_mix'] });
    console.log(renderResult(why));
    const half = why.top.groups.find(({ consumerGroup }) => consumerGroup === 'g_half');
    const named = half?.reason === 'blocked' && half.because !== null;
    say(named ? `The product says which process it is, and for how long: ${half.because}.` : 'It does not say why.');
    source.replay(clusterIn('2.1.0.process-killed'));

    title('4. The console is down');
    const before = await seriesOf(gateway.url, '_msg_diff_');
    await source.close();
    const failure = await tick().then(() => undefined, toFailure);
    say(`The tick failed, and says why: ${failure?.message}`);
    const after = await seriesOf(gateway.url, '_msg_diff_');
    const stands = before.length > 0 && before.join('\n') === after.join('\n');
    say(
      stands ? `The ${after.length} series of tick 2 are unchanged; the health metrics show that they are stale:` : 'The numbers changed.',
    );
    const health = await seriesOf(gateway.url, 'tick_success{', 'tick_last_success_timestamp_seconds{');
    say(...health);

    if (flags.keep) await keep(gateway.url);
    return gone && named && failure !== undefined && stands && health.length === 2 ? 0 : 1;
  } finally {
    await source.close();
    await gateway.stop();
  }
}

/** Keeps the Pushgateway running, together with a console that replays the cluster of chapter 3, until Ctrl-C. */
async function keep(gatewayUrl: string): Promise<void> {
  const source = await startReplayConsole(asIfNow(loadRecording(WHY_RECORDING)));
  say(
    `The Pushgateway keeps running at ${gatewayUrl} until you press Ctrl-C, and so does a console: that of chapter 3. You can run your own ticks:`,
    '',
    `  export CONSOLE_URL=${source.url} PUSHGATEWAY_URL=${gatewayUrl} CLUSTER_NAME=${CLUSTER_NAME}`,
    '  npm run tick -- --group g_half',
    '  npm run tick -- --dry-run',
  );
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  await source.close();
}

/** The sample lines at the gateway that contain one of `names`, without the labels that are the same for all series. */
async function seriesOf(url: string, ...names: string[]): Promise<string[]> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return text
    .split('\n')
    .filter((line) => !line.startsWith('#') && names.some((name) => line.includes(name)))
    .map((line) =>
      line
        .replace(/instance="",|job="[^"]*",|,?rocketmqClusterName="[^"]*"/g, '')
        .replace(/,?\}/, '}')
        .replace('{}', ''),
    );
}

function title(text: string): void {
  console.log(`\n\n${text}\n${'='.repeat(text.length)}\n`);
}

function say(...lines: string[]): void {
  console.log(`\n${lines.join('\n')}`);
}

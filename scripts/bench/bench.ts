import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { buildBundle } from '../package/build.ts';
import { leaveHost } from '../servers/processes.ts';
import { obtainNode24 } from '../servers/runtimes.ts';
import { measureColdStart } from './cold-start.ts';
import { measureGrowth } from './growth.ts';
import { priceOnLambda } from './lambda.ts';
import { measureMemory } from './memory.ts';
import { buildProcesses } from './processes.ts';
import { measurePush } from './push.ts';
import { compareWays } from './reading.ts';
import type { Setting } from './setting.ts';
import { measureShards } from './shards.ts';
import { compareSides } from './sides.ts';
import { splitTick } from './split.ts';
import { measureWhy } from './why.ts';

const USAGE = `Measures ticks of the built bundle against a made-up console and a real Pushgateway, and prints tables.

  npm run bench -- [options]

  --only PARTS       some of sides,split,memory,growth,shards,cold-start,push,reading,why, with commas between; default: all
  --topics N  --groups N  --queues N  --latency MS  --concurrency N   the cluster of "sides" and "split"; default: 2000 4 8 20 16
  --rounds N         how often each thing is measured; default: 5
  --node PATH        the node that is measured; default: 24, which Lambda runs
  --help             print this`;

const { values: flags } = parseArgs({
  options: {
    only: { type: 'string', default: 'sides,split,memory,growth,shards,cold-start,push,reading,why' },
    topics: { type: 'string', default: '2000' },
    groups: { type: 'string', default: '4' },
    queues: { type: 'string', default: '8' },
    latency: { type: 'string', default: '20' },
    concurrency: { type: 'string', default: '16' },
    rounds: { type: 'string', default: '5' },
    node: { type: 'string' },
    help: { type: 'boolean' },
  },
});

if (flags.help) console.log(USAGE);
else await bench();

async function bench(): Promise<void> {
  leaveHost();
  const setting: Setting = {
    shape: { topics: Number(flags.topics), groups: Number(flags.groups), queues: Number(flags.queues) },
    latencyMs: Number(flags.latency),
    concurrency: Number(flags.concurrency),
    rounds: Number(flags.rounds),
    node: flags.node ?? obtainNode24(),
  };
  const parts = flags.only.split(',');
  await buildBundle();
  await buildProcesses();
  console.log(
    `${cpus().length} x ${cpus()[0]?.model}, load ${loadavg()
      .map((load) => load.toFixed(1))
      .join(' ')}`,
  );
  if (parts.includes('cold-start')) await measureColdStart(setting);
  if (parts.includes('sides')) priceOnLambda(await compareSides(setting));
  if (parts.includes('split')) await splitTick(setting);
  if (parts.includes('memory')) await measureMemory(setting);
  if (parts.includes('push')) await measurePush(setting);
  if (parts.includes('why')) await measureWhy(setting);
  if (parts.includes('growth')) await measureGrowth(setting);
  if (parts.includes('shards')) await measureShards(setting);
  if (parts.includes('reading')) await compareWays(setting);
}

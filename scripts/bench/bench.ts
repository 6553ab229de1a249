import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { toFailure } from '../../src/base/errors.ts';
import { buildBundle } from '../package/build.ts';
import { leaveHost } from '../servers/processes.ts';
import { obtainNode24 } from '../servers/runtimes.ts';
import { buildMeasured, type Setting } from './measure.ts';
import { measureReading } from './reading.ts';
import { measureMemory, measureShards } from './size.ts';
import { measureWholeJob } from './whole-job.ts';
import { measureWhy } from './why.ts';

const PARTS = {
  'whole-job': measureWholeJob,
  memory: measureMemory,
  shards: measureShards,
  reading: measureReading,
  why: measureWhy,
} satisfies Record<string, (setting: Setting) => Promise<void>>;

const USAGE = `Measures ticks of the built bundle against a made-up console and a real Pushgateway, and prints tables.

  npm run bench -- [options] [parts]

  --rounds N  how often each thing is measured; default: 5
  --help      print this
  parts       ${Object.keys(PARTS).join(', ')}; default: all`;

async function bench(): Promise<void> {
  const { values: flags, positionals: names } = parseArgs({
    allowPositionals: true,
    options: { rounds: { type: 'string', default: '5' }, help: { type: 'boolean' } },
  });
  const unknown = names.find((name) => !Object.hasOwn(PARTS, name));
  if (unknown !== undefined) throw new Error(`there is no part ${unknown}: ${Object.keys(PARTS).join(', ')}`);
  if (flags.help) return console.log(USAGE);
  leaveHost();
  const setting: Setting = { rounds: Number(flags.rounds), node: obtainNode24() };
  await buildBundle();
  await buildMeasured();
  const load = loadavg().map((average) => average.toFixed(1));
  console.log(`${cpus().length} x ${cpus()[0]?.model}, load ${load.join(' ')}`);
  for (const [name, measurePart] of Object.entries(PARTS)) if (names.length === 0 || names.includes(name)) await measurePart(setting);
}

await bench().catch((error: unknown) => {
  console.error(toFailure(error).message);
  process.exitCode = 1;
});

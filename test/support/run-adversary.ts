import { parseArgs } from 'node:util';
import { hunt } from './adversary.ts';

const usage = `Ticks against a simulated world; prints the smallest case of each kind of wrong statement, and fails if there is one.

  npm run adversary -- [options]

  --seed N       the first seed, 1 without it
  --ticks N      how many ticks, 10000 without it
  --failures N   stop after this many kinds, 5 without it
  --help         show this
`;
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    ticks: { type: 'string', default: '10000' },
    failures: { type: 'string', default: '5' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(usage);
  process.exit(0);
}
const startedAt = Date.now();
const { ticks, lastSeed, failures } = await hunt({
  seed: Number(values.seed),
  ticks: Number(values.ticks),
  stopAfter: Number(values.failures),
  onFailure: (failure) => console.log(`${failure}\n`),
  onProgress: (done, seed) => console.log(`${done} ticks, up to seed ${seed}, ${Math.round((Date.now() - startedAt) / 1000)} s`),
});
console.log(`${ticks} ticks of seeds ${values.seed} to ${lastSeed}: ${failures.length} kinds of wrong statements`);
process.exitCode = failures.length === 0 ? 0 : 1;

import { parseArgs } from 'node:util';
import { hunt } from './adversary.ts';

/** `npm run adversary -- --seed N --ticks N`: prints the smallest case for each kind of wrong statement, and fails if there is one. */
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    ticks: { type: 'string', default: '10000' },
    failures: { type: 'string', default: '5' },
  },
});
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

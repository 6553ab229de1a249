import { lambdaFlags, MODULES, measure } from './processes.ts';
import { between, type Setting } from './setting.ts';
import { rowsOf } from './shape.ts';
import { print, spread } from './table.ts';

const RUNS = 3;

/** Where the time of a whole warm tick goes: its steps one after the other, in the third run of a process. */
export async function splitTick(setting: Setting): Promise<void> {
  const { shape, node, rounds } = setting;
  const runs = await between(shape, setting, async ({ env }) => {
    const warm = [];
    for (let round = 0; round < rounds; round += 1) {
      const costs = await measure({ module: MODULES.steps, env: env(), runs: RUNS, node, flags: lambdaFlags(512) });
      warm.push(costs.at(-1)?.steps ?? []);
    }
    return warm;
  });
  print(
    `The steps of a warm tick of ${rowsOf(shape)} rows, everything pushed, ${rounds} rounds: median (least to most)`,
    ['', 'wall ms', 'CPU ms'],
    (runs[0] ?? []).map(({ name }, index) => [
      name,
      spread(runs.map((steps) => steps[index]?.wallMs ?? Number.NaN)),
      spread(runs.map((steps) => steps[index]?.cpuMs ?? Number.NaN)),
    ]),
  );
}

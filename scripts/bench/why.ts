import { lambdaFlags, MODULES, measure } from './processes.ts';
import { between, type Setting } from './setting.ts';
import type { Shape } from './shape.ts';
import { print, spread } from './table.ts';

const SHAPE: Shape = { topics: 500, groups: 1, queues: 8, behind: { groups: 50, processes: 400, hung: 5 } };
/** All of them; as many as a tick asks unless told otherwise; none. */
const QUESTIONS = ['1000', '200', '0'] as const;

/** What it costs to ask why: 50 groups behind with 400 processes, 5 of them hung, in a cluster of 500 topics. */
export async function measureWhy(setting: Setting): Promise<void> {
  const rows = await between(SHAPE, setting, async ({ console: source, env }) => {
    const sides = QUESTIONS.map((questions) => ({ questions, wall: [] as number[], cpu: [] as number[], requests: 0 }));
    for (let round = 0; round < setting.rounds; round += 1)
      for (const side of sides) {
        await source.take();
        const [, warm] = await measure({
          module: MODULES.tick,
          env: env({ PROCESS_QUESTIONS: side.questions }),
          runs: 2,
          node: setting.node,
          flags: lambdaFlags(256),
        });
        side.requests = (await source.take()).requests / 2;
        if (warm) side.wall.push(warm.wallMs) && side.cpu.push(warm.cpuMs);
      }
    return sides.map(({ questions, wall, cpu, requests }) => [questions, requests, spread(wall), spread(cpu)]);
  });
  print(
    `Asking why: ${SHAPE.topics} topics, 50 groups behind, 400 processes of which 5 hang for 5 s, ${setting.latencyMs} ms latency, second tick`,
    ['PROCESS_QUESTIONS', 'requests', 'wall ms', 'CPU ms'],
    rows,
  );
}

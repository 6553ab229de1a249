import { deadlineIn } from '../../src/base/deadline.ts';
import { aggregate } from '../../src/lag/aggregate.ts';
import { exposeData } from '../../src/metrics/data.ts';
import { emptyConsoleMemory, openRocketmqConsole } from '../../src/reading/rocketmq-console/console-reader.ts';
import { openBenchGateway } from './gateway.ts';

/** What each step of a tick cost, in ms. CPU is that of the whole process. */
export interface Step {
  readonly name: 'read' | 'fold' | 'write' | 'compress and push';
  readonly wallMs: number;
  readonly cpuMs: number;
}

const memory = emptyConsoleMemory();

/** The steps of a tick one after the other, each measured. Shaped like the product's handler. */
export async function handler(): Promise<{ steps: Step[] }> {
  const { CONSOLE_URL = '', PUSHGATEWAY_URL = '', CONCURRENCY = '16' } = process.env;
  const reader = openRocketmqConsole(
    {
      url: CONSOLE_URL,
      ca: undefined,
      credentials: { login: undefined, basic: undefined },
      nameServer: undefined,
      concurrency: Number(CONCURRENCY),
      requestTimeoutMs: 15_000,
    },
    { memory, addSecret: () => {}, clock: Date.now },
  );
  const gateway = openBenchGateway(PUSHGATEWAY_URL);
  const steps: Step[] = [];
  const step = async <T>(name: Step['name'], run: () => T | Promise<T>): Promise<T> => {
    const startedAt = performance.now();
    const before = process.cpuUsage();
    const result = await run();
    const { user, system } = process.cpuUsage(before);
    steps.push({ name, wallMs: performance.now() - startedAt, cpuMs: (user + system) / 1000 });
    return result;
  };
  const deadline = deadlineIn(60_000);
  const scope = { topics: { ignored: [], only: undefined, shard: undefined }, ignoredGroups: [], onlyGroups: undefined };
  const readings = await step('read', () =>
    reader.read({ ...scope, processQuestions: 0, deadline, now: Date.now(), onProgress: undefined }),
  );
  const report = await step('fold', () => aggregate(readings, Date.now()));
  const { exposition } = await step('write', async () => {
    const exposed = await exposeData(report, { prefix: 'rocketmq', detail: 'all', maxSeries: 10_000_000 });
    exposed.exposition(() => {});
    return exposed;
  });
  const write = steps.at(-1);
  await step('compress and push', () => gateway.put({ job: 'steps' }, exposition, deadline));
  // It writes the exposition once more.
  const push = steps.pop();
  if (write && push) steps.push({ ...push, wallMs: push.wallMs - write.wallMs, cpuMs: push.cpuMs - write.cpuMs });
  reader.close();
  gateway.close();
  return { steps };
}

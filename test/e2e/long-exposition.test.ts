import { expect, test } from 'vitest';
import { exchangesOf, made } from '../support/made-cluster.ts';
import { envFor, pushgateway, replayConsole, run } from '../support/run.ts';

const QUEUES = 15_000;
/** What Lambda takes for an answer. */
const ANSWER_BYTES = 6 * 1024 * 1024;

test('an exposition too long for an answer of Lambda is cut between two lines, and says how much is missing', async () => {
  const queues = Array.from({ length: QUEUES }, (_, queueId) => ({ queueId, brokerOffset: 105, consumerOffset: 100 }));
  const [source, gateway] = await Promise.all([replayConsole(exchangesOf(made({ orders: { g_orders: queues } }))), pushgateway()]);
  const { result } = await run({ dryRun: true }, envFor(source.url, gateway.url));
  expect(Buffer.byteLength(JSON.stringify(result))).toBeLessThan(ANSWER_BYTES);
  expect(result?.backlog).toBe(5 * QUEUES);

  const lines = result?.exposition?.split('\n') ?? [];
  const [, missing, all] = /^# cut here: (\d+) of (\d+) lines are not shown$/.exec(lines.at(-2) ?? '') ?? [];
  // The last line, which says so, and the end of it are not of the exposition.
  expect(lines.length - 2 + Number(missing)).toBe(Number(all));
  // Each queue has a row of its own, and a sum.
  expect(Number(all)).toBeGreaterThan(2 * QUEUES);
  expect(Number(missing)).toBeGreaterThan(0);
  expect(lines.slice(0, -2).filter((line) => !/^(# (HELP|TYPE) \w+ .+|\w+\{.*\} [\d.]+)?$/.test(line))).toEqual([]);
});

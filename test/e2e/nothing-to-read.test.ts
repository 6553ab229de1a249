import { expect, test } from 'vitest';
import { envFor, pushgateway, replayConsole, run } from '../support/run.ts';

test('topics that match nothing are told as such, and nothing is pushed', async () => {
  const [source, gateway] = await Promise.all([replayConsole('2.1.0.healthy'), pushgateway()]);
  const { error } = await run({ topics: ['nosuch*', 'neither'] }, envFor(source.url, gateway.url));
  expect(error?.message).toMatch(/^none of the \d+ listed topics to read matches nosuch\*, neither$/);
  expect(await gateway.samples()).toEqual([]);
});

test('an IGNORED_TOPICS that leaves nothing to read fails, says so, and wipes nothing', async () => {
  const [source, gateway] = await Promise.all([replayConsole('2.1.0.healthy'), pushgateway()]);
  await run({}, envFor(source.url, gateway.url));
  const { data } = await gateway.groups();
  expect(data.length).toBeGreaterThan(0);
  const { error } = await run({}, envFor(source.url, gateway.url, { IGNORED_TOPICS: '*' }));
  expect(error?.message).toMatch(/^none of the \d+ listed topics is left to read: all are system topics or match IGNORED_TOPICS$/);
  expect((await gateway.groups()).data).toEqual(data);
  expect(await gateway.values('rocketmq_tick_success{')).toEqual([0]);
});

test('forgetting at what is no Pushgateway fails, and says what was not understood', async () => {
  const source = await replayConsole('2.1.0.healthy');
  const { error } = await run({ forget: true }, envFor(source.url, source.url));
  expect(error?.message).toContain('listed its groups in a form that is not understood');
  expect(source.requests).toEqual(['GET /api/v1/metrics']);
});

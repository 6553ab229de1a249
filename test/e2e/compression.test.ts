import { createServer, request as forward, type IncomingHttpHeaders } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { emptyWarmState } from '../../src/invocation.ts';
import { closeServer, listen } from '../../src/reading/rocketmq-console/replay.ts';
import { envFor, type Gateway, pushgateway, replayConsole, run } from '../support/run.ts';

const BACKLOG = 9974;

test('data is pushed compressed, and a real gateway reads every number', async () => {
  const [source, gateway] = await Promise.all([replayConsole('2.1.0.grpc-5.5.0'), pushgateway()]);
  const front = await inFrontOf(gateway);
  const { result } = await run({}, envFor(source.url, front.url));
  expect(result?.outcome).toBe('complete');
  expect(front.pushes).toEqual(['PUT gzip', 'POST plain']);
  expect((await gateway.groups()).data).toHaveLength(result?.series.pushed ?? Number.NaN);
  expect(sum(await gateway.values('rocketmq_msg_diff_detail{'))).toBe(BACKLOG);
});

test('a gateway before 1.5 gets it plain, and is not asked again to read gzip', async () => {
  const [source, gateway] = await Promise.all([replayConsole('2.1.0.grpc-5.5.0'), pushgateway()]);
  // What such a gateway does: it does not know the header, and takes the compressed bytes for text.
  const front = await inFrontOf(gateway, ({ 'content-encoding': _unknown, ...headers }) => headers);
  const env = envFor(source.url, front.url);
  const warm = emptyWarmState();
  await run({}, env, { warm });
  expect(sum(await gateway.values('rocketmq_msg_diff_detail{'))).toBe(BACKLOG);
  await run({}, env, { warm });
  expect(front.pushes).toEqual(['PUT gzip', 'PUT plain', 'POST plain', 'PUT plain', 'POST plain']);
});

test('a 400 that is not about compression is a failed tick with the words of the gateway, and is not remembered', async () => {
  const [source, gateway] = await Promise.all([replayConsole('2.1.0.grpc-5.5.0'), pushgateway()]);
  await fetch(`${gateway.url}/metrics/job/somebody`, {
    method: 'PUT',
    body: '# TYPE rocketmq_msg_diff_topic counter\nrocketmq_msg_diff_topic 1\n',
  });
  const front = await inFrontOf(gateway);
  const { error } = await run({}, envFor(source.url, front.url));
  expect(error?.message).toContain('refused: 400 pushed metrics are invalid or inconsistent');
  expect(await gateway.values('rocketmq_tick_success{')).toEqual([0]);
  await fetch(`${gateway.url}/metrics/job/somebody`, { method: 'DELETE' });
  const { result } = await run({}, envFor(source.url, front.url));
  expect(result?.outcome).toBe('complete');
  expect(front.pushes).toEqual(['PUT gzip', 'POST plain', 'PUT gzip', 'POST plain']);
});

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** Passes everything on to a gateway, and notes how each push was encoded; `change` may alter its headers on the way. */
async function inFrontOf(gateway: Gateway, change: (headers: IncomingHttpHeaders) => IncomingHttpHeaders = (headers) => headers) {
  const pushes: string[] = [];
  const server = createServer((incoming, outgoing) => {
    const { method = '', url = '', headers } = incoming;
    pushes.push(`${method} ${headers['content-encoding'] ?? 'plain'}`);
    const passed = forward(gateway.url + url, { method, headers: change(headers), agent: false }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 0, answer.headers);
      answer.pipe(outgoing);
    });
    passed.on('error', () => outgoing.destroy());
    incoming.pipe(passed);
  });
  const url = await listen(server);
  onTestFinished(() => closeServer(server));
  return { url, pushes };
}

import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import type { Responder } from '../../src/reading/rocketmq-console/replay.ts';
import { type Fault, resetBeforeBody } from '../support/faults.ts';
import { exchangesOf, madeTopics } from '../support/made-cluster.ts';
import { envFor, proxy, pushgateway, replayConsole, run } from '../support/run.ts';

/** Gone without a word, as a server that has just given up an idle connection. */
const close: Fault = (request) => void request.socket.end();

/** A real gateway; its front ends a connection once, when a request for `method` comes on one that was used before. */
async function gatewayThatDrops(fault: Fault, method: string, older?: Responder) {
  const gateway = await pushgateway();
  const used = new Set<Socket>();
  let hasDropped = false;
  const front = await proxy({
    target: gateway.url,
    first: (request, response, honest) => {
      const isKept = used.has(request.socket);
      used.add(request.socket);
      if (older?.(request, response, honest)) return true;
      if (!isKept || request.method !== method || hasDropped) return false;
      hasDropped = true;
      fault(request, response, honest);
      return true;
    },
  });
  return { gateway, front, methods: () => front.requests.map((request) => request.split(' ')[0]) };
}

/** A gateway before 1.5 takes compressed bytes for text: it gets the data again, on the same connection. */
const cannotUnpack: Responder = ({ headers }, response) => {
  if (headers['content-encoding'] === undefined) return false;
  response.writeHead(400).end('text format parsing error in line 1');
  return true;
};

describe.each([
  ['resets', resetBeforeBody],
  ['closes', close],
])('a gateway that %s the kept connection just when the next request comes gets that once more on a new one', (_how, fault) => {
  test('the health: the tick is as if nothing was', async () => {
    const source = await replayConsole(exchangesOf(madeTopics(2)));
    const { gateway, front, methods } = await gatewayThatDrops(fault, 'POST');
    const { result, error, log } = await run({}, envFor(source.url, front.url));
    expect(error).toBeUndefined();
    expect(result?.outcome).toBe('complete');
    expect(methods()).toEqual(['PUT', 'POST', 'POST']);
    expect(await gateway.values('rocketmq_tick_success{')).toEqual([1]);
    expect(log.lines().filter(({ level }) => level !== 'INFO')).toEqual([]);
  });

  test('the data, where that comes second', async () => {
    const source = await replayConsole(exchangesOf(madeTopics(2)));
    const { gateway, front, methods } = await gatewayThatDrops(fault, 'PUT', cannotUnpack);
    const { result } = await run({}, envFor(source.url, front.url));
    expect(result?.outcome).toBe('complete');
    expect(methods()).toEqual(['PUT', 'PUT', 'PUT', 'POST']);
    expect(await gateway.values('rocketmq_msg_diff_topic{')).toEqual([5, 5]);
  });

  test('what is to be forgotten', async () => {
    const source = await replayConsole(exchangesOf(madeTopics(2)));
    const { gateway, front, methods } = await gatewayThatDrops(fault, 'DELETE');
    await run({}, envFor(source.url, gateway.url));
    const { result } = await run({ forget: true }, envFor(source.url, front.url));
    expect(result?.outcome).toBe('forgotten');
    expect(methods()).toEqual(['GET', 'DELETE', 'DELETE', 'DELETE']);
    expect(await gateway.samples()).toEqual([]);
  });
});

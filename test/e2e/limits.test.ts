import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { answerWith, type Fault, faultOn, hugeBody } from '../support/faults.ts';
import { exchangesOf, isOneOf, type MadeCluster, madeTopics } from '../support/made-cluster.ts';
import { envFor, type Gateway, pushgateway, replayConsole, run } from '../support/run.ts';

const MEGABYTE = 1024 * 1024;

const nested = (opening: string, core: string, closing: string) => opening.repeat(1_000_000) + core + closing.repeat(1_000_000);

/** A tick against four topics of which `t1` answers with this. */
async function tickWith(fault: Fault, env: Record<string, string> = {}) {
  const [source, gateway] = await Promise.all([replayConsole(exchangesOf(madeTopics(4)), faultOn(fault, isOneOf(['t1']))), pushgateway()]);
  const ran = await run({}, envFor(source.url, gateway.url, env));
  return { ...ran, gateway };
}

describe('an answer that is too much', () => {
  test('of 400 MB is refused while it comes, and never held', async () => {
    const before = process.memoryUsage().rss;
    let peak = before;
    const timer = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage().rss);
    }, 5);
    const { result } = await tickWith(hugeBody);
    clearInterval(timer);
    expect(result).toMatchObject({ outcome: 'partial', topics: { read: 3, failed: 1 } });
    expect(result?.failures[0]).toMatchObject({ kind: 'too-large', message: expect.stringContaining('sent more than 16777216 bytes') });
    console.log(`resident memory grew by ${Math.round((peak - before) / MEGABYTE)} MB at most`);
    expect((peak - before) / MEGABYTE).toBeLessThan(250);
  });

  test('of 15 MB from sixteen topics at once fails the tick, which says so and pushes its health', async () => {
    const topics = madeTopics(16);
    const first = faultOn(answerWith(200, { status: 0, data: 'x'.repeat(15 * MEGABYTE) }), isOneOf([...topics.keys()]));
    const [source, gateway] = await Promise.all([replayConsole(exchangesOf(topics), first), pushgateway()]);
    const { error } = await run({}, envFor(source.url, gateway.url, { AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512' }));
    expect(error).toMatchObject({
      kind: 'memory',
      message: expect.stringMatching(/more than (64 MB were being read at once|128 MB came in this tick)/),
    });
    expect(await gateway.values('rocketmq_tick_success{')).toEqual([0]);
  });

  test.each([
    { what: 'lists', deep: nested('[', '', ']'), kind: 'shape', says: /^data: expected an object, got a list$/ },
    {
      what: 'objects',
      deep: nested('{"a":', '1', '}'),
      kind: 'unreadable-group',
      says: /^consumer group a: the console lists it without a row/,
    },
    {
      what: 'rows',
      deep: `{"g":{"queueStatInfoList":${nested('[', '', ']')}}}`,
      kind: 'unreadable-group',
      says: /^consumer group g: data\["g"\]\.queueStatInfoList\[0\]/,
    },
  ])('of a million $what, one in another, is read as far as it is asked for', async ({ deep, kind, says }) => {
    const { result } = await tickWith(answerWith(200, `{"status":0,"data":${deep},"errMsg":null}`));
    expect(result).toMatchObject({ outcome: 'partial', backlog: 15 });
    expect(result?.failures).toMatchObject([{ topic: 't1', kind, message: expect.stringMatching(says) }]);
  });

  test('of a page made to be searched for ever is searched at its beginning only', async () => {
    const { result } = await tickWith(answerWith(404, '<html>'.padEnd(MEGABYTE, '<title'), { 'Content-Type': 'text/html' }));
    expect(result?.failures[0]).toMatchObject({
      kind: 'not-a-console',
      message: expect.stringContaining('answered 404 with an HTML page'),
    });
  });

  test('of one long line is quoted at its beginning only', async () => {
    const { result } = await tickWith(answerWith(200, { status: -1, errMsg: 'x'.repeat(5 * MEGABYTE) }));
    expect(result?.failures[0]?.message).toBe(`${'x'.repeat(200)}…`);
  });
});

/** Topic and group of every backlog that the gateway holds, parsed by the gateway itself. */
async function names(gateway: Gateway): Promise<[topic: string, group: string, backlog: string][]> {
  interface Listed {
    data: Record<string, { metrics?: { labels: Record<string, string>; value: string }[] }>[];
  }
  const { data } = (await (await fetch(`${gateway.url}/api/v1/metrics`)).json()) as Listed;
  return data
    .flatMap((group) => group.rocketmq_msg_diff_topic_consumergroup?.metrics ?? [])
    .map(({ labels, value }): [string, string, string] => [labels.topic ?? '', labels.consumerGroup ?? '', value])
    .sort();
}

const clusterOf = (topic: string, group: string): MadeCluster =>
  new Map([[topic, new Map([[group, [{ broker: group, clientInfo: `${topic}@${group}`, brokerOffset: 105, consumerOffset: 100 }]]])]]);

describe('a name is only a name', () => {
  const NAMES = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'say "no"', 'back\\slash\\n', 'new\nline', 'tab\tand\rreturn'];
  const MORE = [
    '注文',
    '🚚',
    'a\u2028b',
    'nul\0byte',
    '{a="b"} 1',
    '# HELP',
    'orders?topic=other&x#y',
    '%2F%41',
    '../..',
    'é',
    'e\u0301',
    ' ',
  ];

  test('whatever it means to JavaScript, a URL, JSON or the exposition format', async () => {
    const all = [...NAMES, ...MORE];
    const cluster = new Map(all.flatMap((name) => [...clusterOf(name, `g ${name}`)]));
    const [source, gateway] = await Promise.all([replayConsole(exchangesOf(cluster)), pushgateway()]);
    const { result } = await run({}, envFor(source.url, gateway.url));
    expect(result).toMatchObject({ outcome: 'complete', backlog: 5 * all.length });
    expect(await names(gateway)).toEqual(all.map((name) => [name, `g ${name}`, '5']).sort());
    expect(Object.prototype).not.toHaveProperty('queueStatInfoList');
  });

  test('of any Unicode text', async () => {
    const gateway = await pushgateway();
    const name = fc.string({ unit: 'binary', minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(name, name, async (topic, group) => {
        // These have a meaning of their own: a system topic, dead letters, a phantom.
        fc.pre(!/^(%SYS%|%DLQ%|rmq_sys_)/.test(topic) && topic !== group);
        const source = await replayConsole(exchangesOf(clusterOf(topic, group)));
        const { result } = await run({}, envFor(source.url, gateway.url));
        expect(result).toMatchObject({ outcome: 'complete', backlog: 5 });
        expect(await names(gateway)).toEqual([[topic.toWellFormed(), group.toWellFormed(), '5']]);
        await source.close();
      }),
      { numRuns: 150 },
    );
  });

  test('and two that are one in UTF-8 are a group that was not read, not one overwritten by the other', async () => {
    const body = '{"status":0,"data":{"g\\ud800":{"queueStatInfoList":[]},"g\\udbff":{"queueStatInfoList":[]}},"errMsg":null}';
    const { result, gateway } = await tickWith(answerWith(200, body));
    expect(result?.failures).toMatchObject([{ topic: 't1', message: 'consumer group g\ufffd: data lists consumer group g\ufffd twice' }]);
    expect(await gateway.values('rocketmq_tick_success{')).toEqual([1]);
  });
});

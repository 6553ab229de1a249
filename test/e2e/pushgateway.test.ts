import { createServer } from 'node:http';
import { describe, expect, onTestFinished, test } from 'vitest';
import { closeServer, listen } from '../../src/reading/rocketmq-console/replay.ts';
import { envFor, pushgateway, replayConsole, run } from '../support/run.ts';

describe('the key of a group', () => {
  test.each([
    'plain-name_1',
    'rocketmq/prod',
    '10.0.0.1:9876;10.0.0.2:9876',
    'http://namesrv/path',
    'two words',
    '生产集群',
    '..',
    '.',
    'a@base64',
    'per%20cent',
    'q"uo\\te',
    '?x=1#y',
  ])('a cluster named %j arrives as it is', async (name) => {
    const [source, gateway] = await Promise.all([replayConsole('2.1.0.dead-letters'), pushgateway()]);
    const { result } = await run(
      {},
      envFor(source.url, gateway.url, { CLUSTER_NAME: name, NAMESRV_ADDR: name, GROUPING: JSON.stringify({ region: name, empty: '' }) }),
    );
    expect(result?.outcome).toBe('partial');
    const groups = await groupsAt(gateway.url);
    expect(groups).toMatchObject([
      { job: 'rocketmq-monitor', rocketmqClusterName: name, namesrvAddr: name, region: name, empty: '' },
      { job: 'rocketmq-monitor-tick', rocketmqClusterName: name, namesrvAddr: name, region: name, empty: '' },
    ]);
  });

  test('a job with a slash, and a shard', async () => {
    const [source, gateway] = await Promise.all([replayConsole('2.1.0.grpc-5.5.0'), pushgateway()]);
    await run({ shard: '2/2' }, envFor(source.url, gateway.url, { JOB: 'team/mq' }));
    expect(await groupsAt(gateway.url)).toEqual([
      { job: 'team/mq', rocketmqClusterName: 'test', shard: '2' },
      { job: 'team/mq-tick', rocketmqClusterName: 'test', shard: '2' },
    ]);
  });
});

describe('forget', () => {
  test("deletes this cluster's data and health, every shard's too, and nobody else's", async () => {
    const [source, gateway] = await Promise.all([replayConsole('2.1.0.grpc-5.5.0'), pushgateway()]);
    const env = envFor(source.url, gateway.url);
    await run({}, env);
    for (const shard of ['1/2', '2/2']) await run({ shard }, env);
    await run({}, { ...env, CLUSTER_NAME: 'other' });
    await run({}, { ...env, NAMESRV_ADDR: 'ns:9876' });
    await fetch(`${gateway.url}/metrics/job/rocketmq-monitor/rocketmqClusterName/test/team/x`, { method: 'PUT', body: 'a 1\n' });
    const { result } = await run({ forget: true }, env);
    expect(result?.outcome).toBe('forgotten');
    expect(await groupsAt(gateway.url)).toEqual([
      { job: 'rocketmq-monitor', rocketmqClusterName: 'other' },
      { job: 'rocketmq-monitor', rocketmqClusterName: 'test', namesrvAddr: 'ns:9876' },
      { job: 'rocketmq-monitor', rocketmqClusterName: 'test', team: 'x' },
      { job: 'rocketmq-monitor-tick', rocketmqClusterName: 'other' },
      { job: 'rocketmq-monitor-tick', rocketmqClusterName: 'test', namesrvAddr: 'ns:9876' },
    ]);
  });

  test('finds its groups again whatever their labels are called', async () => {
    const [source, gateway] = await Promise.all([replayConsole('2.1.0.grpc-5.5.0'), pushgateway()]);
    const env = envFor(source.url, gateway.url, { GROUPING: '{"constructor":"x"}' });
    await run({}, env);
    expect(await gateway.values('tick_success{', 'constructor="x"')).toEqual([1]);
    await run({ forget: true }, env);
    expect(await gateway.samples()).toEqual([]);
  });

  test('says so when there was nothing to forget', async () => {
    const [source, gateway] = await Promise.all([replayConsole('2.1.0.healthy'), pushgateway()]);
    const { result, log } = await run({ forget: true }, envFor(source.url, gateway.url, { CLUSTER_NAME: 'typo' }));
    expect(result?.outcome).toBe('forgotten');
    expect(log.text()).toContain('there was nothing to forget: the Pushgateway has no group of cluster typo');
  });

  test('asks the console nothing', async () => {
    const [source, gateway] = await Promise.all([replayConsole('2.1.0.healthy'), pushgateway()]);
    await run({ forget: true }, envFor(source.url, gateway.url));
    expect(source.requests).toEqual([]);
  });
});

test('a cluster that the event names needs no CLUSTER_NAME, also where there is no SSM', async () => {
  const [source, gateway] = await Promise.all([replayConsole('2.1.0.grpc-5.5.0'), pushgateway()]);
  const { CLUSTER_NAME: _none, ...env } = envFor(source.url, gateway.url);
  const { result } = await run({ cluster: 'east' }, env);
  expect(result?.cluster).toBe('east');
});

describe('the gateway', () => {
  test.each(['', '/', '/prefix', '/prefix/'])('PUSHGATEWAY_URL may end in %j', async (suffix) => {
    const [source, gateway] = await Promise.all([replayConsole('2.1.0.grpc-5.5.0'), recorder()]);
    await run({}, envFor(source.url, gateway.url + suffix));
    const prefix = suffix.replace(/\/$/, '');
    expect(gateway.requests.map(({ line }) => line)).toEqual([
      `PUT ${prefix}/metrics/job/rocketmq-monitor/rocketmqClusterName/test`,
      `POST ${prefix}/metrics/job/rocketmq-monitor-tick/rocketmqClusterName/test`,
    ]);
  });

  test('a page with 200 is not success: a login in front of the gateway stores nothing', async () => {
    const source = await replayConsole('2.1.0.grpc-5.5.0');
    const server = createServer((request, response) => {
      request.resume().on('end', () => response.writeHead(200, { 'Content-Type': 'text/html' }).end('<html><title>Sign in</title></html>'));
    });
    const url = await listen(server);
    onTestFinished(() => closeServer(server));
    const { error } = await run({}, envFor(source.url, url));
    expect(error?.message).toContain('refused: 200 an HTML page titled "Sign in" (is PUSHGATEWAY_URL a Pushgateway?)');
  });

  test.each([302, 307, 400, 401, 404, 500])('an answer of %i is a failed tick, tried once, with its words', async (status) => {
    const [source, gateway] = await Promise.all([replayConsole('2.1.0.grpc-5.5.0'), recorder(status)]);
    const { error } = await run({}, envFor(source.url, gateway.url));
    expect(error?.message).toMatch(new RegExp(`the Pushgateway at .* refused: ${status}`));
    if (status < 300 || status >= 400) expect(error?.message).toContain('words of the gateway');
    expect(gateway.requests.map(({ line }) => line.split(' ')[0])).toEqual(['PUT', 'POST']);
  });
});

/** The grouping keys at a gateway, sorted by their text. */
async function groupsAt(url: string): Promise<Record<string, string>[]> {
  const { data } = (await (await fetch(`${url}/api/v1/metrics`)).json()) as { data: { labels: Record<string, string> }[] };
  return data.map(({ labels }) => labels).sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
}

const sortKey = ({ job, ...rest }: Record<string, string>) => JSON.stringify([job, Object.entries(rest).sort().reverse()]);

/** A server that notes what it is sent, and answers with a status. */
async function recorder(status = 200) {
  const requests: { line: string; body: string }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      requests.push({ line: `${request.method} ${request.url}`, body: Buffer.concat(chunks).toString() });
      response
        .writeHead(status, status >= 300 && status < 400 ? { Location: 'http://elsewhere/' } : {})
        .end(status === 200 ? '' : 'words of the gateway');
    });
  });
  const url = await listen(server);
  onTestFinished(() => closeServer(server));
  return { url, requests };
}

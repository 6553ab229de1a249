import { describe, expect, test } from 'vitest';
import { emptyWarmState } from '../../src/invocation.ts';
import { awsForAll, putParameters, wayTo } from '../support/aws.ts';
import { pushgateway, replayConsole, run } from '../support/run.ts';

const aws = awsForAll();

describe('several clusters in one deployment', () => {
  test('each has its settings, its group and its health; the dead console of one is nothing to the others', async () => {
    const [alive, dying, gateway] = await Promise.all([replayConsole('2.1.0.healthy'), replayConsole('1.0.0.healthy'), pushgateway()]);
    await putParameters(aws.url, {
      '/fleet/PUSHGATEWAY_URL': gateway.url,
      '/fleet/alive/CONSOLE_URL': alive.url,
      '/fleet/alive/DETAIL': 'off',
      '/fleet/dying/CONSOLE_URL': dying.url,
      '/fleet/dying/NAMESRV_ADDR': '10.0.0.1:9876;10.0.0.2:9876',
      '/fleet/mistaken/CONSOLE_URL': alive.url,
      '/fleet/mistaken/MAX_SERIES': 'many',
    });
    await wayTo(aws.url);
    // One process, as a warm Lambda is: what it remembers of one cluster must not reach another.
    const tools = { warm: emptyWarmState() };
    const minute = (budgetMs?: number) =>
      Promise.all(
        ['alive', 'dying', 'mistaken'].map((cluster) =>
          run({ cluster }, { SSM_PATH: '/fleet' }, { ...tools, ...(budgetMs === undefined ? {} : { budgetMs }) }),
        ),
      );

    const first = await minute();
    expect(first.map(({ result }) => result?.backlog)).toEqual([14296, 14270, undefined]);
    await dying.close();
    // A console that is gone is waited for while there is time.
    const second = await minute(6_000);
    expect(second.map(({ result }) => result?.backlog)).toEqual([14296, undefined, undefined]);
    expect(second[1]?.error?.message).toContain(`cannot reach the console at ${dying.url}`);
    expect(second[2]?.error?.message).toContain('MAX_SERIES: is wrong');

    const success = async (cluster: string) => await gateway.values('rocketmq_tick_success{', `rocketmqClusterName="${cluster}"`);
    expect([await success('alive'), await success('dying'), await success('mistaken')]).toEqual([[1], [0], [0]]);
    const data = (await gateway.groups()).data;
    expect(
      data.filter((line) => line.includes('rocketmq_msg_diff_detail{')).map((line) => /rocketmqClusterName="(\w+)"/.exec(line)?.[1]),
    ).toContain('dying');
    expect(data.some((line) => line.includes('detail{') && line.includes('rocketmqClusterName="alive"'))).toBe(false);
    // What the last good tick of the dead one had said stands, under the labels that are its own.
    expect(
      data.some((line) => line.includes('rocketmqClusterName="dying"') && line.includes('namesrvAddr="10.0.0.1:9876;10.0.0.2:9876"')),
    ).toBe(true);
    expect(data.some((line) => line.includes('rocketmqClusterName="mistaken"'))).toBe(false);
  });

  test('forgetting one leaves the others', async () => {
    const [source, gateway] = await Promise.all([replayConsole('2.1.0.healthy'), pushgateway()]);
    await putParameters(aws.url, {
      '/some/PUSHGATEWAY_URL': gateway.url,
      '/some/stays/CONSOLE_URL': source.url,
      '/some/goes/CONSOLE_URL': source.url,
    });
    await wayTo(aws.url);
    for (const cluster of ['stays', 'goes']) await run({ cluster }, { SSM_PATH: '/some' });
    expect((await run({ cluster: 'goes', forget: true }, { SSM_PATH: '/some' })).result?.outcome).toBe('forgotten');
    const clusters = (await gateway.samples()).map((line) => /rocketmqClusterName="(\w+)"/.exec(line)?.[1]);
    expect([...new Set(clusters)]).toEqual(['stays']);
  });
});

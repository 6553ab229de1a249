import { expect, test } from 'vitest';
import { answerWith, faultOn } from '../support/faults.ts';
import { USERNAME } from '../support/login-console.ts';
import { exchangesOf, isOneOf, made } from '../support/made-cluster.ts';
import { envFor, loginConsole, replayConsole, run } from '../support/run.ts';

const NOW = Date.UTC(2026, 10, 25);
const QUEUES = [{ brokerOffset: 9, consumerOffset: 2, clientInfo: '192.0.2.2@admin' }];
const CLUSTER = exchangesOf(
  made({ 'rocketmq-orders': { g_user: QUEUES }, admin: { rocketmq: QUEUES }, user_events: { g_admin: QUEUES }, refused: {} }),
);

/** A dry run of a console with this password, where one topic is refused in words that repeat it. */
async function dryRun(password: string) {
  const echo = answerWith(200, { status: -1, errMsg: `no topic for ${password} here` });
  const source = await loginConsole({ dialect: 'form', exchanges: CLUSTER, first: faultOn(echo, isOneOf(['refused'])) });
  source.setPassword(password);
  const env = { CONSOLE_USERNAME: USERNAME, CONSOLE_PASSWORD: password, CLUSTER_NAME: 'rocketmq-admin' };
  const { result, log } = await run({ dryRun: true }, envFor(source.url, 'http://127.0.0.1:1', env), { clock: () => NOW });
  // How fast the console answered is another number in each run.
  return { result: result && { ...result, console: undefined }, log };
}

test.each(['rocketmq', 'admin', 'user'])(
  'a password that is the word %s leaves every name readable, is hidden in what a peer says, and warned about',
  async (password) => {
    const [common, uncommon] = [await dryRun(password), await dryRun('kX7q zw4-Jv6')];
    expect(common.result).toStrictEqual(uncommon.result);
    expect(common.result).toMatchObject({
      cluster: 'rocketmq-admin',
      backlog: 21,
      top: { groups: [{ topic: 'admin', consumerGroup: 'rocketmq' }, {}, {}] },
      failures: [{ topic: 'refused', message: 'no topic for [hidden] here' }],
    });
    expect(common.result?.exposition).toMatch(/^rocketmq_msg_diff_topic\{topic="admin"\} 7$/m);
    expect(common.log.lines().map(({ message }) => message)).toContain(
      'CONSOLE_PASSWORD is a default that everybody knows: set another one',
    );
    expect(common.log.lines().at(-1)).toMatchObject({ message: 'tick', cluster: 'rocketmq-admin', outcome: 'dry-run' });
  },
);

test('nor does such a password make our own advice unreadable', async () => {
  const source = await replayConsole([], (request, response, honest) => {
    answerWith(404, 'no such page')(request, response, honest);
    return true;
  });
  const env = { CONSOLE_USERNAME: USERNAME, CONSOLE_PASSWORD: 'rocketmq' };
  const { error } = await run({ dryRun: true }, envFor(source.url, 'http://127.0.0.1:1', env));
  expect(error?.message).toContain('this does not seem to be rocketmq-console or rocketmq-dashboard; check CONSOLE_URL');
});

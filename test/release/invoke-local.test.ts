import { describe, expect, test } from 'vitest';
import { awsEnv, awsForAll, putParameters } from '../support/aws.ts';
import { serverless } from '../support/framework.ts';
import { envFor, pushgateway, replayConsole } from '../support/run.ts';

const SLOW = { timeout: 180_000 };

const aws = awsForAll();

/** The result that the framework prints. */
const invokeLocal = async (event: object, env: Record<string, string>) => {
  const said = await serverless(['invoke', 'local', '-f', 'tick', '--region', 'eu-central-1', '--data', JSON.stringify(event)], env);
  return JSON.parse(said.slice(said.search(/^\{$/m)));
};

describe('sls invoke local', () => {
  test('takes its settings from the shell, and then needs neither SSM nor credentials', SLOW, async () => {
    const [source, gateway] = await Promise.all([replayConsole('2.1.0.grpc-5.5.0'), pushgateway()]);
    const result = await invokeLocal({ dryRun: true }, envFor(source.url, gateway.url));
    expect(result).toMatchObject({ cluster: 'test', outcome: 'dry-run', backlog: 9974 });
    expect(await gateway.samples()).toEqual([]);
  });

  test('reads SSM where the shell says so', SLOW, async () => {
    const [source, gateway] = await Promise.all([replayConsole('2.1.0.grpc-5.5.0'), pushgateway()]);
    await putParameters(aws.url, { '/local/PUSHGATEWAY_URL': gateway.url, '/local/prod/CONSOLE_URL': source.url });
    const result = await invokeLocal({ cluster: 'prod' }, { ...awsEnv(aws.url), SSM_PATH: '/local' });
    expect(result).toMatchObject({ cluster: 'prod', outcome: 'complete', backlog: 9974 });
    expect(await gateway.values('rocketmq_tick_success{', 'rocketmqClusterName="prod"')).toEqual([1]);
  });
});

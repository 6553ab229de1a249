import { readFileSync } from 'node:fs';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { loadRecording } from '../../scripts/servers/recordings.ts';
import { startReplayConsole } from '../../src/reading/rocketmq-console/replay.ts';
import { awsEnv, awsForAll, putParameters, wayTo } from '../support/aws.ts';
import { startLambda } from '../support/lambda.ts';
import { envFor, pushgateway, replayConsole } from '../support/run.ts';

const SLOW = { timeout: 180_000 };

const aws = awsForAll();

describe('the bundle, as Lambda runs it', () => {
  test('works in the runtime that serverless.yml names', SLOW, async () => {
    const [source, gateway] = await Promise.all([replayConsole('2.1.0.grpc-5.5.0'), pushgateway()]);
    const lambda = await startLambda(envFor(source.url, gateway.url));
    expect(readFileSync(new URL('../../serverless.yml', import.meta.url), 'utf8')).toContain(
      `runtime: node${'js'}${lambda.node.slice(1, 3)}.x`,
    );
    const { result } = await lambda.invoke({ version: '0', 'detail-type': 'Scheduled Event', detail: {} });
    expect(result).toMatchObject({ outcome: 'complete', backlog: 9974 });
    expect(await gateway.values('rocketmq_tick_success{')).toEqual([1]);
  });

  test('closes what it opened before a tick is over, be it well, badly or with SSM', SLOW, async () => {
    const [good, refusing, gateway, ssm] = await Promise.all([
      replayConsole('2.1.0.grpc-5.5.0'),
      replayConsole([]),
      pushgateway(),
      wayTo(aws.url),
    ]);
    await putParameters(aws.url, {
      '/lambda/PUSHGATEWAY_URL': gateway.url,
      '/lambda/good/CONSOLE_URL': good.url,
      '/lambda/bad/CONSOLE_URL': refusing.url,
    });
    const lambda = await startLambda({ ...awsEnv(ssm.url), SSM_PATH: '/lambda', SSM_MAX_AGE_S: '0' });
    const left = async () => await Promise.all([good.connections(), refusing.connections(), ssm.connections()]);
    for (const { cluster, outcome } of [
      { cluster: 'good', outcome: { result: { backlog: 9974 } } },
      { cluster: 'bad', outcome: { error: expect.stringContaining('not recorded') } },
      { cluster: 'good', outcome: { result: { backlog: 9974 } } },
    ]) {
      expect(await lambda.invoke({ cluster })).toMatchObject(outcome);
      lambda.freeze();
      // What was closed is seen to be so from here a moment later; what was not never is.
      await vi.waitFor(async () => expect(await left()).toEqual([0, 0, 0]), { timeout: 10_000 });
      lambda.thaw();
    }
  });

  test('is frozen between ticks, and finds another console in the place of the old one when it thaws', SLOW, async () => {
    const [source, gateway] = await Promise.all([replayConsole('2.1.0.healthy'), pushgateway()]);
    const lambda = await startLambda(envFor(source.url, gateway.url));
    expect((await lambda.invoke({})).result?.backlog).toBe(14296);

    lambda.freeze();
    await source.close();
    const restarted = await startReplayConsole(loadRecording('1.0.0.healthy'), undefined, Number(new URL(source.url).port));
    onTestFinished(restarted.close);
    lambda.thaw();

    const { result, error } = await lambda.invoke({});
    expect(error).toBeUndefined();
    expect(result?.backlog).toBe(14270);
    // As many as the console saw: none was sent into a dead connection, and then again.
    expect(await gateway.values('rocketmq_tick_console_requests{')).toEqual([restarted.requests.length]);
  });
});

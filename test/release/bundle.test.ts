import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { runCommand } from '../../scripts/servers/processes.ts';
import { envFor, pushgateway, replayConsole } from '../support/run.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const osls = fileURLToPath(new URL('../../node_modules/.bin/osls', import.meta.url));

/** Without --data and a terminal the framework reads the event from stdin, to its end. */
const invokeLocal = (env: Record<string, string>, ...args: string[]) =>
  runCommand(osls, ['invoke', 'local', '-f', 'tick', ...args], { cwd: root, env: { SLS_TELEMETRY_DISABLED: '1', ...env } });

describe('the bundle, as the open framework runs it', () => {
  test('invoke local pushes a tick and prints its result', async () => {
    const [source, gateway] = await Promise.all([replayConsole('2.1.0.grpc-5.5.0'), pushgateway()]);
    const { code, stdout } = await invokeLocal(envFor(source.url, gateway.url));
    expect(code).toBe(0);
    expect(stdout).toContain('"outcome": "complete"');
    expect(stdout).toContain('"backlog": 9974');
    expect(await gateway.values('rocketmq_msg_diff_topic{', 'topic="orders"')).toEqual([8717]);
  });

  test('a mistyped key fails, says which, and pushes no data', async () => {
    const [source, gateway] = await Promise.all([replayConsole('2.1.0.grpc-5.5.0'), pushgateway()]);
    const { code, stdout, stderr } = await invokeLocal(envFor(source.url, gateway.url), '--data', '{"dryrun":true}');
    expect(code).toBe(1);
    expect(stdout + stderr).toContain('"dryrun\\" is not a key of an event');
    expect(stdout + stderr).not.toMatch(/\bat .*\.js:\d+/);
    expect((await gateway.groups()).data).toEqual([]);
    expect(await gateway.values('rocketmq_tick_success{')).toEqual([0]);
  });

  test('what is kept for a login or for SSM is not in the first file', () => {
    expect(existsSync(fileURLToPath(new URL('../../dist/handler.js', import.meta.url)))).toBe(true);
    expect(
      readdirSync(fileURLToPath(new URL('../../dist/', import.meta.url))).filter((file) => file.startsWith('chunk-')).length,
    ).toBeGreaterThan(0);
  });
});

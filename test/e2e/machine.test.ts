import { readFileSync, statSync } from 'node:fs';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { startServer } from '../../scripts/servers/processes.ts';
import { startPushgateway } from '../../scripts/servers/pushgateway.ts';
import { obtainProgram } from '../../scripts/servers/servers.ts';
import { runHandler } from '../support/handler-process.ts';
import { envFor, pushgateway, replayConsole } from '../support/run.ts';
import { HOSTILE, type StandIn, standIn } from '../support/stand-in.ts';

/** Lets a gateway keep a foreign series where this machine's own would; gives its time and content, to be compared. */
async function keepForeignData({ data }: StandIn): Promise<() => object> {
  const own = await startServer({
    program: obtainProgram('pushgateway'),
    args: () => ['--web.listen-address=127.0.0.1:0', `--persistence.file=${data}`],
    listening: /Listening on.*address=(127\.0\.0\.1:\d+)/,
  });
  const pushed = await fetch(`${own.url}/metrics/job/foreign`, { method: 'PUT', body: 'foreign_msg_diff_topic 7\n' });
  expect(pushed.ok).toBe(true);
  await own.stop();
  return () => ({ content: readFileSync(data, 'base64'), modified: statSync(data).mtimeMs, mode: statSync(data).mode });
}

describe('a machine with a Pushgateway of its own', () => {
  test('is not seen by the servers of the tests, and keeps its data as they are', async () => {
    const debian = standIn('pushgateway');
    const data = await keepForeignData(debian);
    const before = data();
    vi.stubEnv('PATH', debian.path);
    onTestFinished(() => void vi.unstubAllEnvs());
    const gateway = await startPushgateway();
    onTestFinished(gateway.stop);
    expect(debian.flags()).not.toEqual([]);
    expect(await (await fetch(`${gateway.url}/metrics`)).text()).not.toContain('foreign');
    await fetch(`${gateway.url}/metrics/job/ours`, { method: 'PUT', body: 'ours 1\n' });
    await gateway.stop();
    expect(data()).toEqual(before);
  });
});

test('a process that tests start sees its own settings, not those of the shell', async () => {
  for (const [variable, value] of Object.entries(HOSTILE)) vi.stubEnv(variable, value);
  onTestFinished(() => void vi.unstubAllEnvs());
  const [source, gateway] = await Promise.all([replayConsole('2.1.0.grpc-5.5.0'), pushgateway()]);
  const { outcomes, output } = await runHandler([{}], envFor(source.url, gateway.url));
  expect(outcomes).toMatchObject([{ result: { outcome: 'complete', backlog: 9974 } }]);
  expect(output).not.toContain('Warning');
});

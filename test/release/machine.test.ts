import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { makeFolder, runCommand, startServer } from '../../scripts/servers/processes.ts';
import { startAlertmanager, startPrometheus } from '../../scripts/servers/prometheus.ts';
import { obtainInterpreter } from '../../scripts/servers/runtimes.ts';
import { obtainProgram, startPushgateway } from '../../scripts/servers/servers.ts';
import { runHandler } from '../support/handler-process.ts';
import { envFor, pushgateway, replayConsole } from '../support/run.ts';
import { HOSTILE, type StandIn, standIn } from '../support/stand-in.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

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

/** What differs from run to run: ports, durations, the time. */
const withoutTimes = (text: string) =>
  text.replace(/127\.0\.0\.1:\d+|\(\d+ ms\)|_seconds (\{.*\} )?[\d.e+]+| *\d+(\.\d+)? (ms|s|min|h|d)\b/g, '…');

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

  test('is not seen by the demo either, nor what its shell has set', async () => {
    const debian = standIn('pushgateway');
    const data = await keepForeignData(debian);
    const before = data();
    const demo = (env: Record<string, string>) => runCommand('npm', ['run', '--silent', 'demo'], { cwd: root, env });
    const plain = await demo({});
    const hostile = await demo({ ...HOSTILE, PATH: debian.path });
    expect(debian.flags()).not.toEqual([]);
    expect(plain.code).toBe(0);
    expect({ ...hostile, stdout: withoutTimes(hostile.stdout) }).toMatchObject({ code: 0, stdout: withoutTimes(plain.stdout) });
    expect(data()).toEqual(before);
  });
});

describe('every server', () => {
  const servers = {
    pushgateway: () => startPushgateway(),
    prometheus: () => startPrometheus({ gatewayUrl: 'http://127.0.0.1:1', minuteMs: 1_000 }),
    alertmanager: () => startAlertmanager('http://127.0.0.1:1'),
  };
  test.each(['pushgateway', 'prometheus', 'alertmanager'] as const)(
    '%s is told each path of the machine that it would use by default, and nothing of the shell',
    async (name) => {
      const program = obtainProgram(name);
      const debian = standIn(name);
      vi.stubEnv('PATH', debian.path);
      for (const [variable, value] of Object.entries(HOSTILE)) vi.stubEnv(variable, value);
      onTestFinished(() => void vi.unstubAllEnvs());
      const server = await servers[name]();
      await server.stop();
      const { stdout, stderr } = await runCommand(program, ['--help']);
      // Nothing of it is there for an agent, which none of them is.
      const help = (stdout + stderr).replace(/--storage\.agent\.path/g, '');
      const byDefault = [...help.matchAll(/(--[\w.-]+)="\/(?:etc|var)\//g)].map(([, flag]) => flag);
      expect(debian.flags()).toEqual(expect.arrayContaining(byDefault));
      expect(debian.variables()).toEqual(expect.arrayContaining(['HOME', 'PATH']));
      expect(debian.variables().filter((variable) => variable in HOSTILE)).toEqual([]);
    },
  );
});

test('a process that tests start sees its own settings, not those of the shell', async () => {
  for (const [variable, value] of Object.entries(HOSTILE)) vi.stubEnv(variable, value);
  onTestFinished(() => void vi.unstubAllEnvs());
  const [source, gateway] = await Promise.all([replayConsole('2.1.0.grpc-5.5.0'), pushgateway()]);
  const { outcomes, output } = await runHandler([{}], envFor(source.url, gateway.url));
  expect(outcomes).toMatchObject([{ result: { outcome: 'complete', backlog: 9974 } }]);
  expect(output).not.toContain('Warning');
  const tick = await runCommand('npm', ['run', '--silent', 'tick', '--', '--json'], { cwd: root, env: envFor(source.url, gateway.url) });
  expect({ ...tick, result: JSON.parse(tick.stdout) }).toMatchObject({
    code: 0,
    stderr: '',
    result: { outcome: 'complete', backlog: 9974 },
  });
});

test('a machine without Python, and without a package manager to fetch it, is told in one line what to install', () => {
  const empty = makeFolder();
  onTestFinished(empty.remove);
  mkdirSync(`${empty.path}/bin`);
  vi.stubEnv('PATH', `${empty.path}/bin`);
  onTestFinished(() => void vi.unstubAllEnvs());
  expect(() => obtainInterpreter(`${empty.path}/cache`)).toThrow(/^tests of SSM and of the template need Python 3\.10 .*python3-venv\)$/);
});

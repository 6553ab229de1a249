import { fileURLToPath } from 'node:url';
import { describe, expect, test, vi } from 'vitest';
import { type Exit, runCommand } from '../../scripts/servers/processes.ts';
import { envFor, pushgateway, replayConsole } from '../support/run.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const NOWHERE = 'http://127.0.0.1:1';

/** `npm run tick -- …` with these settings and nothing else. */
function npmRunTick(env: Record<string, string>, ...args: string[]): Promise<Exit> {
  return runCommand('npm', ['run', '--silent', 'tick', '--', ...args], { cwd: root, env });
}

/** What `npm run tick -- …` starts, in this process: a process of its own takes seconds. */
async function tick(env: Record<string, string>, ...args: string[]): Promise<Exit> {
  const out: string[] = [];
  const err: string[] = [];
  const { argv } = process;
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  const spies = [
    vi.spyOn(console, 'log').mockImplementation((line) => void out.push(`${line}\n`)),
    vi.spyOn(console, 'error').mockImplementation((line) => void err.push(`${line}\n`)),
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => err.push(String(text)) > 0),
  ];
  try {
    process.argv = ['node', 'cli.ts', ...args];
    vi.resetModules();
    await import('../../src/cli.ts');
    return { code: Number(process.exitCode), stdout: out.join(''), stderr: err.join('') };
  } finally {
    for (const spy of spies) spy.mockRestore();
    for (const stream of [process.stdout, process.stderr]) stream.removeListener('error', stream.listeners('error').at(-1) as () => void);
    vi.unstubAllEnvs();
    process.argv = argv;
    process.exitCode = undefined;
  }
}

describe('npm run tick', () => {
  test('prints a table for a person, pushes, and exits 0 when complete', async () => {
    const [source, gateway] = await Promise.all([replayConsole('2.1.0.grpc-5.5.0'), pushgateway()]);
    const { code, stdout } = await npmRunTick(envFor(source.url, gateway.url));
    expect(code).toBe(0);
    expect(stdout).toContain('test: complete, 9,974 messages behind');
    expect(stdout).toMatch(/│ orders +│ g_grpc +│ +4,036 │/);
    expect(stdout).toMatch(/│ 192\.0\.2\.2 +│ 14697 +│ +3,292 │/);
    expect(await gateway.values('rocketmq_tick_success{')).toEqual([1]);
  });

  test('shows for the groups furthest behind how much time is left, and what is lost', async () => {
    const [source, gateway] = await Promise.all([replayConsole('2.1.0.messages-expired'), pushgateway()]);
    const { stdout } = await tick(envFor(source.url, gateway.url));
    expect(stdout).toMatch(/│ topic +│ consumer group +│ +backlog │ +delay │ +time left │ +lost │/);
    expect(stdout).toMatch(/│ h_offline +│ g_offline +│ +2,197 │ +unknown │ +0 s │ +1,919 │/);
    const healthy = await replayConsole('2.1.0.processes-5.5.1');
    const unsure = await tick(envFor(healthy.url, gateway.url));
    expect(unsure.stdout).toMatch(/│ h_pulled +│ g_pulled +│ +1,307 │ +\w+ │ +unknown │ +0 │/);
    expect(unsure.stdout).toMatch(/│ h_offline +│ g_offline +│ +1,106 │ +\d+ \w+ │ +16 s │ +0 │/);
  });

  test('prints JSON and nothing else with --json, and exits 2 when something was not read', async () => {
    const [source, gateway] = await Promise.all([replayConsole('2.1.0.healthy'), pushgateway()]);
    const { code, stdout } = await tick(envFor(source.url, gateway.url), '--json');
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({
      outcome: 'partial',
      backlog: 14296,
      failures: [{ topic: 'shipments' }, { topic: '%DLQ%g_fail' }],
    });
  });

  test('a dry run of one topic asks for that one, prints what would be pushed, and pushes nothing', async () => {
    const [source, gateway] = await Promise.all([replayConsole('2.1.0.grpc-5.5.0'), pushgateway()]);
    const { code, stdout } = await tick(envFor(source.url, gateway.url), '--topic', 'ship*', '--json');
    expect(code).toBe(0);
    const result = JSON.parse(stdout) as { outcome: string; exposition: string };
    expect(result.outcome).toBe('dry-run');
    expect(result.exposition).toContain('rocketmq_msg_diff_topic{topic="shipments"} 751');
    expect(source.requests.filter((request) => request.includes('queryConsumerByTopic'))).toEqual([
      'GET /topic/queryConsumerByTopic.query?topic=shipments',
    ]);
    expect(await gateway.samples()).toEqual([]);
  });

  test('--group says why a group is behind, with every process of it on a line, and pushes nothing', async () => {
    const [source, gateway] = await Promise.all([replayConsole('2.1.0.processes-frozen'), pushgateway()]);
    const { code, stdout } = await tick(envFor(source.url, gateway.url), '--group', 'g_half', '--group', 'g_sl*');
    expect(code).toBe(0);
    expect(stdout).toMatch(/│ h_half +│ g_half +│ +922 │ .* │ unresponsive: 192\.0\.2\.2 14084 is connected and does not +│/);
    expect(stdout).toMatch(/│ h_slow +│ g_slow +│ +1,585 │ .* │ saturated: 192\.0\.2\.2 14083 is 100% busy: 2 threads, 802 ms +│/);
    expect(stdout).toMatch(
      /│ g_half +│ 192\.0\.2\.2 │ 14083 │ yes +│ concurrent │ V5_5_1 +│ +2 │ +5\.4 │ +2 ms │ +1% │ +0 │ +0\.0 │ +0 s │/,
    );
    expect(stdout).toMatch(/│ g_half +│ 192\.0\.2\.2 │ 14084 │ NO +│ unknown +│(?: +unknown │){8}/);
    expect(stdout).not.toMatch(/g_fast|rocketmq_/);
    expect(await gateway.samples()).toEqual([]);
  });

  test('without a question about processes the table is as narrow as it was', async () => {
    const [source, gateway] = await Promise.all([replayConsole('2.1.0.processes-frozen'), pushgateway()]);
    const { stdout } = await tick(envFor(source.url, gateway.url, { PROCESS_QUESTIONS: '0' }));
    expect(stdout).toMatch(/│ topic +│ consumer group │ backlog │ +delay │ +time left │ +lost │\n/);
    expect(stdout).toMatch(/│ client IP +│ PID +│ backlog │\n/);
  });

  test('a group that there is not: one clear message, exit 1', async () => {
    const [source, gateway] = await Promise.all([replayConsole('2.1.0.processes-frozen'), pushgateway()]);
    const { code, stderr } = await tick(envFor(source.url, gateway.url), '--group', 'g_haf');
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/no consumer group matches g_haf \(similar names: g_half\)\n$/),
    });
  });

  test('--group where nobody can be asked: the reason all the same, and a sentence instead of a table', async () => {
    const [source, gateway] = await Promise.all([replayConsole('2.1.0.processes-frozen'), pushgateway()]);
    const { code, stdout } = await tick(envFor(source.url, gateway.url), '--group', 'g_offline');
    expect(code).toBe(0);
    expect(stdout).toMatch(/│ h_offline +│ g_offline +│ .* │ nobody-online: no process of it is connected/);
    expect(stdout).toMatch(/^No process to show: processes are asked only while their group has backlog/m);
    expect(stdout).not.toContain('Every process');
  });

  // npm takes a flag before its own `--`, and says so in the environment; `npm run tick --group g` passes `g` on.
  test.each([
    { flag: '--dry-run', taken: { npm_config_dry_run: 'true' } },
    { flag: '--group', taken: { npm_config_group: 'true' }, args: ['g_half'] },
    { flag: '--forget', taken: { npm_config_cluster: 'test', npm_config_forget: 'true' } },
  ])('$flag before the `--` of npm: says so, and neither pushes nor deletes', async ({ taken, args = [] }) => {
    const gateway = await pushgateway();
    const { code, stdout, stderr } = await tick({ ...envFor(NOWHERE, gateway.url), ...taken }, ...args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^npm took --[a-z-]+ for itself, and nothing was done: did you forget `--` after `npm run tick`\?/m);
    expect((await gateway.groups()).data).toEqual([]);
  });

  test('ends quietly when its reader has seen enough', async () => {
    const [source, gateway] = await Promise.all([replayConsole('2.1.0.processes-frozen'), pushgateway()]);
    const script = 'set -o pipefail; npm run --silent tick -- --dry-run | true';
    const ended = await runCommand('bash', ['-c', script], { cwd: root, env: envFor(source.url, gateway.url) });
    expect(ended).toMatchObject({ code: 0, stdout: '', stderr: '' });
  });

  test('--forget deletes what a tick has pushed', async () => {
    const [source, gateway] = await Promise.all([replayConsole('2.1.0.grpc-5.5.0'), pushgateway()]);
    await tick(envFor(source.url, gateway.url));
    expect(await gateway.samples()).not.toEqual([]);
    const { code, stdout } = await tick(envFor(source.url, gateway.url), '--forget');
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: 'test: its groups are deleted from the Pushgateway\n' });
    expect(await gateway.samples()).toEqual([]);
  });

  test.each([
    ['a flag that there is not', ['--dryrun'], {}, 'dryrun'],
    ['a shard that there is not', ['--shard', '3/2'], {}, 'shard: expected "i/n"'],
    ['a URL that is none', [], { CONSOLE_URL: 'console' }, 'CONSOLE_URL: is wrong: expected http(s)://host[:port][/path]'],
  ])('%s: one clear message, exit 1, no data pushed', async (_what, args, env, message) => {
    const gateway = await pushgateway();
    const { code, stdout, stderr } = await tick(envFor(NOWHERE, gateway.url, env), ...args);
    expect(code).toBe(1);
    expect(stderr).toContain(message);
    expect(stdout).toBe('');
    expect(stderr).not.toMatch(/\bat .*:\d+:\d+/);
    expect((await gateway.groups()).data).toEqual([]);
  });
});

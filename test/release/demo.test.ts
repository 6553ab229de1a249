import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { runCommand, startNode } from '../../scripts/servers/processes.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

test('npm run demo tells its story, exits 0 and leaves nothing running', async () => {
  const { code, stdout } = await runCommand('npm', ['run', '--silent', 'demo'], { cwd: root });
  expect(code).toBe(0);
  expect(stdout).toContain('demo: complete, 14,296 messages behind');
  expect(stdout).toContain('PID 9196 is gone from the Pushgateway');
  expect(stdout).toMatch(
    /The product says which process it is, and for how long: 192\.0\.2\.2 14084 holds 638 messages and has finished none for 2 min\./,
  );
  expect(stdout).toMatch(/The tick failed, and says why: cannot reach the console at http:\/\/127\.0\.0\.1:\d+ \(ECONNREFUSED\)/);
  expect(stdout).toMatch(/The \d+ series of tick 2 are unchanged/);
  expect(stdout).toContain('rocketmq_tick_success 0');
  const urls = stdout.match(/http:\/\/127\.0\.0\.1:\d+/g) ?? [];
  expect(new Set(urls).size).toBe(2);
  for (const url of new Set(urls)) await expect(fetch(url)).rejects.toThrow();
});

test('npm run demo -- --keep leaves a console at which its own commands work, until it is interrupted', async () => {
  const demo = startNode({ module: `${root}scripts/demo/demo.ts`, args: ['--keep'], flags: ['--import', import.meta.resolve('tsx')] });
  try {
    const [settings = '', first = ''] = await linesAfter(demo.child.stdout, /^The Pushgateway keeps running at /);
    const env = Object.fromEntries([...settings.matchAll(/(\w+)=(\S+)/g)].map(([, name = '', value = '']) => [name, value]));
    expect(first).toBe('npm run tick -- --group g_half');
    const [program = '', ...args] = first.split(' ');
    const { code, stdout } = await runCommand(program, args, { cwd: root, env });
    expect(code).toBe(0);
    expect(stdout).toMatch(/│ h_half +│ g_half +│ .* │ blocked: 192\.0\.2\.2 14084 holds 638 messages/);
    demo.child.kill('SIGINT');
    await expect.poll(() => demo.child.exitCode, { timeout: 10_000 }).toBe(0);
  } finally {
    await demo.stop();
  }
});

/** The next two lines that are not empty after the one that matches. */
async function linesAfter(stream: NodeJS.ReadableStream | null, pattern: RegExp): Promise<string[]> {
  if (stream === null) throw new Error('nothing to read');
  const after: string[] = [];
  let found = false;
  for await (const line of createInterface({ input: stream })) {
    if (found && line !== '') after.push(line.trim());
    found ||= pattern.test(line);
    if (after.length === 2) break;
  }
  return after;
}

import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { runCommand } from '../../scripts/servers/commands.ts';

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

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { buildBundle } from '../../scripts/package/build.ts';
import { runCommand } from '../../scripts/servers/processes.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string) => JSON.parse(readFileSync(new URL(path, root), 'utf8'));

test('npm run sbom writes a CycloneDX list of all that is bundled, as installed, and of no tool', async () => {
  expect(await runCommand('npm', ['run', '--silent', 'sbom'], { cwd: fileURLToPath(root) })).toMatchObject({ code: 0 });
  const sbom = read('out/sbom.cdx.json');
  expect(sbom).toMatchObject({
    bomFormat: 'CycloneDX',
    metadata: { component: { name: 'rocketmq-lag-pusher', type: 'application' } },
  });
  const listed = sbom.components.map(({ name, version }: { name: string; version: string }) => `${name} ${version}`);
  const bundled = (await buildBundle()).map(({ name, version }) => `${name} ${version}`);
  expect(listed).toEqual(expect.arrayContaining(bundled));
  const { dependencies, devDependencies } = read('package.json');
  const names = listed.map((entry: string) => entry.split(' ')[0]);
  expect(names).toEqual(expect.arrayContaining(Object.keys(dependencies)));
  expect(Object.keys(devDependencies).filter((name) => names.includes(name))).toEqual([]);
});

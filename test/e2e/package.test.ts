import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { unzipSync } from 'fflate';
import { afterAll, expect, test } from 'vitest';
import { packageBundle } from '../../scripts/package/package.ts';

const folder = mkdtempSync(join(tmpdir(), 'package-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the same sources give the same zip, byte for byte, whenever and in whatever time zone', async () => {
  const zone = process.env.TZ;
  const digests = [];
  for (const TZ of ['America/New_York', 'Asia/Shanghai']) {
    process.env.TZ = TZ;
    const { path, sha256 } = await packageBundle(pathToFileURL(`${folder}/${TZ}/`));
    digests.push([sha256.hex, readFileSync(path).toString('base64')]);
  }
  if (zone === undefined) delete process.env.TZ;
  else process.env.TZ = zone;
  expect(digests[0]).toEqual(digests[1]);
});

test('the zip holds the handler, its chunks, that they are modules, and licenses', async () => {
  const { path } = await packageBundle(pathToFileURL(`${folder}/`));
  const files = unzipSync(readFileSync(path));
  expect(Object.keys(files)).toEqual(Object.keys(files).sort());
  expect(Object.keys(files).filter((name) => !/^dist\/chunk-[\w-]+\.js$/.test(name))).toEqual([
    'LICENSE',
    'dist/THIRD-PARTY-LICENSES.txt',
    'dist/handler.js',
    'package.json',
  ]);
  expect(JSON.parse(Buffer.from(files['package.json'] ?? []).toString())).toMatchObject({ type: 'module' });
});

test('the SDK for SSM is not in what every cold start loads', async () => {
  const { path } = await packageBundle(pathToFileURL(`${folder}/`));
  const files = Object.entries(unzipSync(readFileSync(path))).map(([name, bytes]) => ({ name, text: Buffer.from(bytes).toString('utf8') }));
  const loaded = new Set<string>();
  const load = (name: string) => {
    if (loaded.has(name)) return;
    loaded.add(name);
    const text = files.find((file) => file.name === `dist/${name}`)?.text ?? '';
    for (const [, imported = ''] of text.matchAll(/(?:from|import)\s*"\.\/(chunk-[\w-]+\.js)"/g)) load(imported);
  };
  load('handler.js');
  const withSsm = files.filter(({ text }) => text.includes('AmazonSSM')).map(({ name }) => name.replace('dist/', ''));
  expect(withSsm).toHaveLength(1);
  expect([...loaded]).not.toContain(withSsm[0]);
});

import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Zippable, zipSync } from 'fflate';
import { VERSION } from '../../src/metrics/health-metrics.ts';
import { standaloneTemplate } from '../deploy/template.ts';
import { buildBundle } from './build.ts';

const root = new URL('../../', import.meta.url);
const UNIX = 3;
const READABLE_FILE = 0o100644 << 16;

export interface Packaged {
  readonly path: string;
  /** A CloudFormation template that deploys it. */
  readonly template: string;
  /** Base64 is the form of Lambda's CodeSha256 and Terraform's source_code_hash; hex is that of `sha256sum`. */
  readonly sha256: { readonly base64: string; readonly hex: string };
  readonly bytes: number;
}

/**
 * Builds the Lambda and zips it for any deployment tool, with a template beside it; its handler is `dist/handler.handler`. The
 * template takes the zip from `bucket`, or from where its parameters say. The same sources give the same bytes on every
 * machine: names are sorted, all dates are equal, and the compressor does not depend on Node's version.
 */
export async function packageBundle(folder: URL, bucket?: string): Promise<Packaged> {
  await buildBundle();
  const names = ['LICENSE', 'package.json', ...readdirSync(new URL('dist/', root), 'utf8').map((name) => `dist/${name}`)].sort();
  // A zip stores local times without a time zone, so this date gives the same bytes everywhere.
  const options = { mtime: new Date(1980, 0, 1), os: UNIX, attrs: READABLE_FILE };
  const files: Zippable = Object.fromEntries(names.map((name) => [name, [readFileSync(new URL(name, root)), options] as const]));
  const zip = zipSync(files, { level: 9 });
  mkdirSync(folder, { recursive: true });
  const key = `rocketmq-lag-pusher-${VERSION}.zip`;
  const path = fileURLToPath(new URL(key, folder));
  const template = path.replace(/zip$/, 'template.json');
  writeFileSync(path, zip);
  writeFileSync(template, `${JSON.stringify(standaloneTemplate(bucket === undefined ? undefined : { bucket, key }), null, 2)}\n`);
  const digest = createHash('sha256').update(zip).digest();
  return { path, template, sha256: { base64: digest.toString('base64'), hex: digest.toString('hex') }, bytes: zip.length };
}

const HELP = `Writes the zip of the Lambda and its CloudFormation template into out/.

  npm run package -- [options]

  --bucket NAME   name this bucket in the template as where the zip is, instead of asking for it in parameters
  --help          show this`;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { bucket, help } = parseArgs({ options: { bucket: { type: 'string' }, help: { type: 'boolean' } } }).values;
  if (help) console.log(HELP);
  else {
    const { path, template, sha256, bytes } = await packageBundle(new URL('out/', root), bucket);
    console.log(`${path}\n  ${bytes} bytes\n  SHA-256 ${sha256.hex}\n  base64  ${sha256.base64}\n${template}`);
  }
}

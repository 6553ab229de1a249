// What a release has besides the zip and its template: `sbom` and `notes TAG` write it into out/.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { toFailure } from '../../src/base/errors.ts';
import { VERSION } from '../../src/metrics/health-metrics.ts';

const root = new URL('../../', import.meta.url);

/**
 * The runtime dependencies of the lockfile with their transitive dependencies, listed by npm itself, as CycloneDX. npm's
 * own `--omit dev` also leaves out runtime packages that a development tool depends on, such as the whole SDK for SSM. So
 * npm gets a lockfile without development tools.
 */
function listDependencies(): string {
  const { devDependencies: _1, ...manifest } = read('package.json');
  const lock = read('package-lock.json');
  const { devDependencies: _2, ...top } = lock.packages[''];
  // Optional peers of a library are in the lockfile only because of the tools. npm itself leaves out other packages that nothing requires.
  const packages = Object.entries<{ devOptional?: boolean }>(lock.packages).filter(([, { devOptional }]) => !devOptional);
  const temporary = mkdtempSync(join(tmpdir(), 'sbom-'));
  // npm uses the name of the folder as the name of the listed application.
  const folder = join(temporary, manifest.name);
  try {
    mkdirSync(folder);
    writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
    writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ ...lock, packages: { ...Object.fromEntries(packages), '': top } }));
    const options = ['--package-lock-only', '--sbom-format=cyclonedx', '--sbom-type=application'];
    return execFileSync('npm', ['sbom', ...options], { cwd: folder, encoding: 'utf8', shell: process.platform === 'win32' });
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

function read(name: string) {
  return JSON.parse(readFileSync(new URL(name, root), 'utf8'));
}

/** The changelog's section on the version that a tag names. Throws where the tag is not this version's, or there is nothing to read. */
export function releaseNotes(tag: string, version: string, changelog: string): string {
  if (tag !== `v${version}`)
    throw new Error(`the tag is ${tag || 'missing'}, and package.json has version ${version}: it should be v${version}`);
  const section = changelog.split(/^(?=## )/m).find((part) => part.startsWith(`## [${version}]`));
  if (section === undefined)
    throw new Error(`CHANGELOG.md has no section for ${version}: rename [Unreleased] to [${version}] with the date`);
  const notes = section.slice(section.indexOf('\n')).trim();
  if (notes === '') throw new Error(`the section for ${version} in CHANGELOG.md is empty`);
  return `${notes}\n`;
}

function write(name: string, text: string): void {
  const file = new URL(`out/${name}`, root);
  mkdirSync(new URL('.', file), { recursive: true });
  writeFileSync(file, text);
  console.log(fileURLToPath(file));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [what, tag = ''] = process.argv.slice(2);
  try {
    if (what === 'sbom') write('sbom.cdx.json', listDependencies());
    else write('release-notes.md', releaseNotes(tag, VERSION, readFileSync(new URL('CHANGELOG.md', root), 'utf8')));
  } catch (error) {
    console.error(toFailure(error).message);
    process.exitCode = 1;
  }
}

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = new URL('../../', import.meta.url);
const OUT = new URL('out/sbom.cdx.json', root);

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

mkdirSync(new URL('.', OUT), { recursive: true });
writeFileSync(OUT, listDependencies());
console.log(fileURLToPath(OUT));

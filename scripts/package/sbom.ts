import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = new URL('../../', import.meta.url);
const OUT = new URL('out/sbom.cdx.json', root);

/**
 * The runtime dependencies of the lockfile and all that they bring, listed by npm itself, as CycloneDX. npm's own
 * `--omit dev` leaves out what a tool depends on as well, the whole SDK for SSM among it; so it gets a lockfile without tools.
 */
function listDependencies(): string {
  const { devDependencies: _1, ...manifest } = read('package.json');
  const lock = read('package-lock.json');
  const { devDependencies: _2, ...top } = lock.packages[''];
  // A library's optional peer is there for the tools' sake. What only tools bring, npm leaves out where nobody asks for it.
  const packages = Object.entries<{ devOptional?: boolean }>(lock.packages).filter(([, { devOptional }]) => !devOptional);
  const temporary = mkdtempSync(join(tmpdir(), 'sbom-'));
  // npm names what it lists after its folder.
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

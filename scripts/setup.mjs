// Installs the packages that the lockfile names, where they are missing or others: plain Node, for it runs before there
// are any. Every npm script begins with it, so a fresh clone needs no command of its own.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

const root = new URL('../', import.meta.url);

if (!isInstalled()) {
  console.error('Installing packages (npm ci) …');
  const { status } = spawnSync('npm', ['ci', '--include=dev', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  });
  if (status !== 0) {
    console.error('npm ci failed: see above. It needs the npm registry, or a mirror of it in your npm configuration.');
    process.exit(1);
  }
}

/** Whether every package of the lockfile is there in its version. npm notes in node_modules what it installed, however it was called. */
function isInstalled() {
  const installed = packagesOf('node_modules/.package-lock.json');
  return Object.entries(packagesOf('package-lock.json')).every(([path, { version, optional }]) => {
    if (path === '') return true;
    // Optional packages are those of other platforms, mostly.
    if (installed[path] === undefined) return optional === true;
    return installed[path].version === version && existsSync(new URL(`${path}/package.json`, root));
  });
}

function packagesOf(lockfile) {
  const url = new URL(lockfile, root);
  return existsSync(url) ? JSON.parse(readFileSync(url, 'utf8')).packages : {};
}

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onPath, output, succeeds } from './host-tools.ts';

/** Debian's package manager, with lists, downloads and a record of what is installed in a folder of ours. */
interface Apt {
  readonly options: readonly string[];
  readonly downloads: string;
  readonly nothingInstalled: string;
}

/**
 * Unpacks Debian packages into `folder`: no root, nothing is installed, no service is started. Gives whether all of them
 * are there.
 */
export function unpackFromDebian(packages: readonly string[], folder: string): boolean {
  return withApt(folder, (apt) => unpack(apt, packages, folder));
}

/** The same, with all that these packages need and this machine lacks; what is named like `own` comes from Debian in any case. */
export function unpackWholeFromDebian(packages: readonly string[], folder: string, own: RegExp): boolean {
  return withApt(folder, (apt) => {
    const asIfNew = [...apt.options, '-o', `Dir::State::status=${apt.nothingInstalled}`, '--no-install-recommends'];
    const needed = names(/^Inst (\S+)/gm, output('apt-get', [...asIfNew, '--simulate', 'install', ...packages]));
    const installed = new Set(names(/^([^\s:]+)\S*\s+install$/gm, output('dpkg', ['--get-selections'])));
    const missing = needed.filter((name) => own.test(name) || !installed.has(name));
    return missing.length > 0 && unpack(apt, missing, folder);
  });
}

function names(pattern: RegExp, text = ''): string[] {
  return [...text.matchAll(pattern)].map(([, name = '']) => name);
}

function withApt(folder: string, use: (apt: Apt) => boolean): boolean {
  if (!onPath('apt-get') || !onPath('dpkg-deb')) return false;
  const own = join(folder, 'apt');
  // The package lists are fetched as well: the machine's own may be missing, and only root may renew them.
  const lists = join(own, 'lists');
  const downloads = join(own, 'downloads');
  const nothingInstalled = join(own, 'status');
  for (const needed of [join(lists, 'partial'), join(own, 'cache/archives/partial'), downloads]) mkdirSync(needed, { recursive: true });
  writeFileSync(nothingInstalled, '');
  const settings = [`Dir::State::Lists=${lists}`, `Dir::Cache=${join(own, 'cache')}`, 'Debug::NoLocking=1', 'APT::Sandbox::User='];
  const options = ['-qq', ...settings.flatMap((setting) => ['-o', setting])];
  try {
    return succeeds('apt-get', [...options, 'update']) && use({ options, downloads, nothingInstalled });
  } finally {
    rmSync(own, { recursive: true, force: true });
  }
}

function unpack({ options, downloads }: Apt, packages: readonly string[], folder: string): boolean {
  if (!succeeds('apt-get', [...options, 'download', ...packages], { cwd: downloads })) return false;
  return readdirSync(downloads).every((file) => succeeds('dpkg-deb', ['-x', join(downloads, file), folder]));
}

/** Makes an absolute path that is built into a program one below the folder in which it runs; as long as it was. */
export function relocate(program: string, folder: string): void {
  const lastSlash = folder.lastIndexOf('/');
  const relative = `${folder.slice(1, lastSlash)}/${folder.slice(lastSlash)}`;
  writeFileSync(program, Buffer.from(readFileSync(program).toString('latin1').replaceAll(folder, relative), 'latin1'));
}

/** The value of LD_LIBRARY_PATH with which a program finds the libraries that were unpacked beside it. */
export function libraryPath(folder: string): string {
  const places = ['lib', 'usr/lib'].flatMap((place) => within(join(folder, place), /-linux-gnu/));
  // PulseAudio's own part is in a folder of its own, which only its libraries name, as a path below the root.
  return [...places, ...places.map((place) => join(place, 'pulseaudio')).filter(existsSync)].join(':');
}

/** The paths in a folder whose names match. */
export function within(folder: string, name: RegExp): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => name.test(file))
    .map((file) => join(folder, file));
}

import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A program of Prometheus' that demo and tests run for real, and where it comes from when it is not on the PATH. */
interface Server {
  /** Names it goes by; Debian prefixes some. */
  readonly binaries: readonly string[];
  readonly debianPackage: string;
  readonly brewFormula: string;
  /** Where Debian's program looks for its files, though it is unpacked elsewhere. */
  readonly debianFolder?: string;
  /** Image and the port it serves, where a container can stand in. */
  readonly image?: { readonly name: string; readonly port: number };
}

const SERVERS = {
  pushgateway: {
    binaries: ['pushgateway', 'prometheus-pushgateway'],
    debianPackage: 'prometheus-pushgateway',
    brewFormula: 'pushgateway',
    image: { name: 'docker.io/prom/pushgateway', port: 9091 },
  },
  promtool: { binaries: ['promtool'], debianPackage: 'prometheus', brewFormula: 'prometheus' },
  prometheus: { binaries: ['prometheus'], debianPackage: 'prometheus', brewFormula: 'prometheus' },
  alertmanager: {
    binaries: ['alertmanager', 'prometheus-alertmanager'],
    debianPackage: 'prometheus-alertmanager',
    debianFolder: '/usr/share/prometheus/alertmanager',
    brewFormula: 'alertmanager',
  },
} as const satisfies Record<string, Server>;

export type ServerName = keyof typeof SERVERS;

/** How to start a server: a program on this machine, or an image for a container runtime. */
export type Launch = { readonly program: string } | { readonly runtime: string; readonly image: string; readonly port: number };

const CACHE = fileURLToPath(new URL('../../node_modules/.cache/servers/', import.meta.url));

/**
 * Finds a server on the PATH or fetches it: with Debian's package manager into a folder of this project (no root, and
 * no service is started), with Homebrew, or as a container image. Throws one line that says how to get it.
 */
export function obtainServer(name: ServerName): Launch {
  const server: Server = SERVERS[name];
  const program = findProgram(server) ?? fetchFromDebian(server) ?? fetchFromHomebrew(server);
  if (program !== undefined) return { program };
  const runtime = server.image && ['docker', 'podman'].find((command) => onPath(command) && succeeds(command, ['info']));
  if (server.image && runtime) return { runtime, image: server.image.name, port: server.image.port };
  throw new Error(
    `${name} is neither on the PATH nor to be had by apt-get, brew${server.image ? ', docker or podman' : ''}: get it from https://prometheus.io/download/ and put it on the PATH`,
  );
}

/** The same, for a server that only its own program will do. */
export function obtainProgram(name: ServerName): string {
  const launch = obtainServer(name);
  if ('program' in launch) return launch.program;
  throw new Error(`${name} is needed as a program, not as a container: get it from https://prometheus.io/download/ and put it on the PATH`);
}

function findProgram({ binaries }: Server): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), join(CACHE, 'usr/bin')];
  return folders.flatMap((folder) => binaries.map((binary) => join(folder, binary))).find(isExecutable);
}

function fetchFromDebian(server: Server): string | undefined {
  if (!onPath('apt-get') || !onPath('dpkg-deb')) return undefined;
  console.error(`Fetching Debian's ${server.debianPackage} into node_modules/.cache …`);
  // The package lists go into the cache as well: the machine's own may be missing, and only root may renew them.
  const lists = join(CACHE, 'apt/lists');
  const downloads = join(CACHE, 'apt/downloads');
  for (const folder of [join(lists, 'partial'), join(CACHE, 'apt/cache/archives/partial'), downloads])
    mkdirSync(folder, { recursive: true });
  const options = [
    '-qq',
    '-o',
    `Dir::State::Lists=${lists}`,
    '-o',
    `Dir::Cache=${join(CACHE, 'apt/cache')}`,
    '-o',
    'Debug::NoLocking=1',
    '-o',
    'APT::Sandbox::User=',
  ];
  const fetched =
    succeeds('apt-get', [...options, 'update']) &&
    succeeds('apt-get', [...options, 'download', server.debianPackage], downloads) &&
    readdirSync(downloads)
      .filter((file) => file.startsWith(`${server.debianPackage}_`))
      .every((file) => succeeds('dpkg-deb', ['-x', join(downloads, file), CACHE]));
  rmSync(join(CACHE, 'apt'), { recursive: true, force: true });
  const program = fetched ? findProgram(server) : undefined;
  if (program !== undefined && server.debianFolder !== undefined) relocate(program, server.debianFolder);
  return program;
}

/** Makes an absolute path that is built into a program one below the folder in which it runs; as long as it was. */
function relocate(program: string, folder: string): void {
  const lastSlash = folder.lastIndexOf('/');
  const relative = `${folder.slice(1, lastSlash)}/${folder.slice(lastSlash)}`;
  writeFileSync(program, Buffer.from(readFileSync(program).toString('latin1').replaceAll(folder, relative), 'latin1'));
}

function fetchFromHomebrew(server: Server): string | undefined {
  if (!onPath('brew')) return undefined;
  console.error(`Installing Homebrew's ${server.brewFormula} …`);
  return succeeds('brew', ['install', '--quiet', server.brewFormula]) ? findProgram(server) : undefined;
}

function onPath(command: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => isExecutable(join(folder, command)));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return existsSync(path);
  } catch {
    return false;
  }
}

function succeeds(command: string, args: readonly string[], cwd?: string): boolean {
  return spawnSync(command, args, { stdio: 'ignore', timeout: 300_000, ...(cwd === undefined ? {} : { cwd }) }).status === 0;
}

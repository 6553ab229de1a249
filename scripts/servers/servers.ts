import { randomUUID } from 'node:crypto';
import { symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findOnPath, installFromHomebrew, isOnPath, relocate, succeeds, unpackFromDebian } from './packages.ts';
import { type RunningServer, runCommand, startServer } from './processes.ts';

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
  const runtime = server.image && ['docker', 'podman'].find((command) => isOnPath(command) && succeeds(command, ['info']));
  if (server.image && runtime) return { runtime, image: server.image.name, port: server.image.port };
  throw new Error(
    `${name} is neither on the PATH nor to be had by apt-get, brew${server.image ? ', docker or podman' : ''}: get it from https://prometheus.io/download/ and put it on the PATH`,
  );
}

/** A server as a program, for those that only their own program will do. */
export function obtainProgram(name: ServerName): string {
  const launch = obtainServer(name);
  if ('program' in launch) return launch.program;
  throw new Error(`${name} is needed as a program, not as a container: get it from https://prometheus.io/download/ and put it on the PATH`);
}

function findProgram({ binaries }: Server): string | undefined {
  return findOnPath(binaries, [join(CACHE, 'usr/bin')]);
}

function fetchFromDebian(server: Server): string | undefined {
  if (!isOnPath('apt-get')) return undefined;
  console.error(`Fetching Debian's ${server.debianPackage} into node_modules/.cache …`);
  const program = unpackFromDebian([server.debianPackage], CACHE) ? findProgram(server) : undefined;
  if (program !== undefined && server.debianFolder !== undefined) relocate(program, server.debianFolder);
  return program;
}

function fetchFromHomebrew(server: Server): string | undefined {
  return installFromHomebrew(server.brewFormula) ? findProgram(server) : undefined;
}

/** Debian's program would load and overwrite the data of the machine's own gateway. */
const IN_MEMORY = '--persistence.file=';

/** A real, empty Pushgateway on an ephemeral loopback port; one that is `wipeable` can be emptied by its API. */
export async function startPushgateway({ wipeable = false } = {}): Promise<RunningServer> {
  const launch = obtainServer('pushgateway');
  const flags = wipeable ? [IN_MEMORY, '--web.enable-admin-api'] : [IN_MEMORY];
  return 'program' in launch ? startProgram(launch.program, () => flags) : startContainer(launch, flags);
}

/** Starts a server of Prometheus' on an ephemeral loopback port; `args` may write the files that they name into its folder. */
export async function startProgram(program: string, args: (folder: string) => readonly string[]): Promise<RunningServer> {
  return startServer({
    program,
    args: (folder) => {
      // A program that was fetched looks for the files of its package below the folder in which it runs.
      symlinkSync(join(dirname(program), '..'), join(folder, 'usr'));
      return ['--web.listen-address=127.0.0.1:0', ...args(folder)];
    },
    listening: /Listening on.*address=(127\.0\.0\.1:\d+)/,
  });
}

async function startContainer(
  { runtime, image, port }: Extract<Launch, { runtime: string }>,
  flags: readonly string[],
): Promise<RunningServer> {
  const name = `rocketmq-lag-pusher-${randomUUID()}`;
  const { stop } = await startServer({
    program: runtime,
    args: () => ['run', '--rm', '--name', name, '--publish', `127.0.0.1::${port}`, image, ...flags],
    asHost: true,
    listening: /(Listening on)/,
  });
  const { stdout } = await runCommand(runtime, ['port', name, String(port)], { asHost: true });
  const [address] = /127\.0\.0\.1:\d+/.exec(stdout) ?? [];
  if (address !== undefined) return { url: `http://${address}`, stop };
  await stop();
  throw new Error(`${runtime} started the Pushgateway, and does not tell its port`);
}

import { randomUUID } from 'node:crypto';
import { symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runCommand } from './commands.ts';
import { type RunningServer, startServer } from './processes.ts';
import { type Launch, obtainServer } from './servers.ts';

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

export type Environment = Readonly<Record<string, string>>;

/** The environment as the host gave it: package managers and container runtimes need its proxies, certificates and sockets. */
export const hostEnv: Readonly<NodeJS.ProcessEnv> = { ...process.env };

/** What our own process keeps of it: where programs and a home are, how to print, and what a person or a test runner asks of tests. */
const KEPT = /^(PATH|HOME|TMPDIR|LANG|TERM|COLUMNS|CI|NO_COLOR|FORCE_COLOR|SEED|VITEST.*)$/;

export interface OwnEnvironment {
  readonly env?: Environment;
  /** The host's variables as well: a container runtime finds its daemon by them. */
  readonly asHost?: boolean;
}

/**
 * The whole environment of a program that is started here: the PATH, `folder` for whatever it keeps, and what its caller
 * gives it. Proxies, AWS profiles, Node options and settings of the host stay out, unless it is asked for as the host's.
 */
export function environmentFor(folder: string, { env = {}, asHost = false }: OwnEnvironment): NodeJS.ProcessEnv {
  if (asHost) return { ...hostEnv, ...env };
  return { PATH: process.env.PATH, HOME: folder, TMPDIR: folder, LANG: 'C.UTF-8', ...env };
}

/** Takes from this process, and from those that it forks, what the host set and no result may depend on. */
export function leaveHost(): void {
  for (const name of Object.keys(process.env)) if (!KEPT.test(name)) delete process.env[name];
}

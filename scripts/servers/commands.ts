import { execFile } from 'node:child_process';
import { environmentFor, type OwnEnvironment } from './environment.ts';
import { makeFolder } from './folders.ts';

export interface Exit {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions extends OwnEnvironment {
  /** Where it runs; default: a folder of its own. */
  readonly cwd?: string;
  /** All that it reads on stdin. */
  readonly input?: string;
  readonly timeoutMs?: number;
}

const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** Runs a program to its end, without a state or setting of the machine. What could not be started, or took too long, has code 1. */
export async function runCommand(program: string, args: readonly string[], options: CommandOptions = {}): Promise<Exit> {
  const { input = '', timeoutMs = 60_000 } = options;
  const folder = makeFolder();
  const settings = {
    cwd: options.cwd ?? folder.path,
    env: environmentFor(folder.path, options),
    timeout: timeoutMs,
    maxBuffer: MAX_OUTPUT_BYTES,
  };
  try {
    return await new Promise<Exit>((resolve) => {
      const child = execFile(program, args, settings, (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
        resolve({ code, stdout, stderr: stderr || (error?.message ?? '') });
      });
      child.stdin?.on('error', () => {});
      child.stdin?.end(input);
    });
  } finally {
    folder.remove();
  }
}

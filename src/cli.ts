import { parseArgs } from 'node:util';
import { toFailure } from './base/errors.ts';
import { openLog } from './base/log.ts';
import { emptyWarmState, invoke } from './invocation.ts';
import { renderResult } from './terminal/tables.ts';
import { printable, printableStream, showProgress } from './terminal/terminal.ts';

const USAGE = `One tick from a shell, against real settings (environment variables, SSM where SSM_PATH is set).

  npm run tick -- [options]

  --dry-run          read and aggregate, push nothing, print what would be pushed
  --topic NAME       only this topic, a name or a glob; may be repeated; implies --dry-run
  --group NAME       only this consumer group, a name or a glob, and every process of it; may be repeated; implies --dry-run
  --cluster NAME     the settings of this cluster
  --shard I/N        only the topics of shard I of N
  --forget           delete this cluster's groups from the Pushgateway, and nothing else
  --json             print the result as JSON
  --help             print this

Exit status: 0 complete, 2 something was not read, 1 failed.`;

/** Less than the minute between two ticks, as on Lambda. */
const BUDGET_MS = 50_000;

const options = {
  'dry-run': { type: 'boolean' },
  topic: { type: 'string', multiple: true },
  group: { type: 'string', multiple: true },
  cluster: { type: 'string' },
  shard: { type: 'string' },
  forget: { type: 'boolean' },
  json: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

// A reader such as `| head` closes the pipe early. That is no error.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
// Without this, AWS' SDK prints nine lines about the age of Node 20 before the first line of the tick.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  const taken = flagTakenByNpm(args);
  if (taken !== undefined) {
    printError(`npm took ${taken} for itself, and nothing was done: did you forget \`--\` after \`npm run tick\`?\n\n${USAGE}`);
    return 1;
  }
  let flags: ReturnType<typeof parse>;
  try {
    flags = parse(args);
  } catch (error) {
    printError(`${toFailure(error).message}\n\n${USAGE}`);
    return 1;
  }
  if (flags.help) {
    print(USAGE);
    return 0;
  }
  const { 'dry-run': dryRun, topic: topics, group: groups, cluster, shard, forget } = flags;
  const event = {
    ...(dryRun && { dryRun }),
    ...(topics && { topics }),
    ...(groups && { groups }),
    ...(cluster && { cluster }),
    ...(shard && { shard }),
    ...(forget && { forget }),
  };
  const progress = showProgress(process.stderr);
  const log = openLog(printableStream(process.stderr));
  try {
    const result = await invoke(event, {
      env: process.env,
      budgetMs: BUDGET_MS,
      warm: emptyWarmState(),
      log: { ...log, info: () => {}, error: () => {} },
      onProgress: progress.update,
    });
    progress.end();
    print(flags.json ? JSON.stringify(result, null, 2) : renderResult(result));
    return result.failures.length > 0 ? 2 : 0;
  } catch (error) {
    progress.end();
    const { kind, message } = toFailure(error);
    if (flags.json) print(JSON.stringify({ outcome: 'failed', kind, message }, null, 2));
    else printError(message);
    return 1;
  }
}

function print(text: string): void {
  console.log(printable(text));
}

function printError(text: string): void {
  console.error(printable(text));
}

/**
 * Without `--`, npm keeps the flags and passes their values on: `npm run tick --dry-run` would push. `--json` is a flag
 * of npm itself, which may stand in anybody's configuration.
 */
function flagTakenByNpm(args: string[]): string | undefined {
  return Object.keys(options)
    .filter((name) => name !== 'json' && process.env[`npm_config_${name.replace('-', '_')}`])
    .map((name) => `--${name}`)
    .find((flag) => !args.some((arg) => arg === flag || arg.startsWith(`${flag}=`)));
}

function parse(args: string[]) {
  return parseArgs({ args, options, strict: true }).values;
}

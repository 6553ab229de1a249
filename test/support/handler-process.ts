import { runCommand } from '../../scripts/servers/processes.ts';

const HANDLER = new URL('../../dist/handler.js', import.meta.url).href;
const BUDGET_MS = 20_000;

/** Calls the deployed handler once for each event; prints the outcome of each, and what was left open afterwards. */
const SCRIPT = `
const { handler } = await import(${JSON.stringify(HANDLER)});
const outcomes = [];
for (const [index, event] of JSON.parse(process.env.TEST_EVENTS).entries()) {
  const context = { awsRequestId: 'request-' + index, getRemainingTimeInMillis: () => Number(process.env.TEST_BUDGET_MS) };
  const outcome = await handler(event, context).then((result) => ({ result }), (error) => ({ error: { message: error.message, stack: error.stack, own: { ...error }, cause: String(error.cause) } }));
  // A destroyed socket disappears from the list two turns of the event loop later.
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  const left = process.getActiveResourcesInfo().filter((kind) => /TCP|TLS|Timeout/.test(kind));
  outcomes.push({ ...outcome, left });
}
console.log('OUTCOMES ' + JSON.stringify(outcomes));
`;

export interface HandlerOutcome {
  result?: Record<string, unknown>;
  error?: { message: string; stack: string; own: Record<string, unknown>; cause: string };
  /** Sockets and timers that were still active after the handler had returned. */
  left: string[];
}

export interface HandlerRun {
  outcomes: HandlerOutcome[];
  /** stdout and stderr of the process. */
  output: string;
}

/** Runs `dist/handler.js` in a process of its own that stays warm between the events, with only these environment variables. */
export async function runHandler(events: readonly unknown[], env: Record<string, string>, budgetMs = BUDGET_MS): Promise<HandlerRun> {
  const { code, stdout, stderr } = await runCommand(process.execPath, ['--input-type=module', '--eval', SCRIPT], {
    env: { ...env, TEST_EVENTS: JSON.stringify(events), TEST_BUDGET_MS: String(budgetMs) },
    timeoutMs: 45_000,
  });
  const output = stdout + stderr;
  if (code !== 0) throw new Error(`the process ended with ${code}\n${output}`);
  const line = output.split('\n').find((text) => text.startsWith('OUTCOMES '));
  return { outcomes: JSON.parse(line?.slice('OUTCOMES '.length) ?? '[]') as HandlerOutcome[], output };
}

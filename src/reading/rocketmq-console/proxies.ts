import type { GroupAnswer } from '../../lag/readings.ts';
import { askAllWithRetry, askWithoutRetry, type Outcome, type RetryOptions } from '../rounds.ts';
import type { ConsoleMemory } from './memory.ts';
import type { Questions } from './questions.ts';

type Answered = Extract<GroupAnswer, { answered: true }>;

/** The way of asking that consoles before 2.1 lack. */
const WAY = 'proxies';

/**
 * Asks the proxies that the console is set to know about groups of whom no broker knows a client: gRPC clients are
 * connected to a proxy, and to nothing else. Whoever is online there goes into `answers`; nothing else changes, for there
 * may be other proxies. A console names proxies by default where there are none, so one that does not answer is left alone
 * for a while.
 */
export async function askProxies(
  groups: readonly string[],
  answers: Map<string, GroupAnswer>,
  questions: Questions,
  memory: ConsoleMemory,
  rounds: RetryOptions,
): Promise<void> {
  const [first] = groups;
  if (first === undefined || memory.unsupported.get(WAY, rounds.now)) return;
  const listed = await askWithoutRetry(() => questions.proxies(), rounds);
  if (!listed.ok) {
    if (!isPassing(listed)) memory.unsupported.set(WAY, true, rounds.now);
    return;
  }
  for (const proxy of listed.answer) {
    if (memory.silentProxies.get(proxy, rounds.now)) continue;
    // The first group shows whether there is such a proxy; a passing fault of the console shows nothing, and is retried.
    const scout = await askWithoutRetry(() => questions.group(first, proxy), rounds);
    if (!scout.ok && !isPassing(scout)) {
      memory.silentProxies.set(proxy, true, rounds.now);
      continue;
    }
    for (const [group, outcome] of await askAllWithRetry(groups.slice(scout.ok ? 1 : 0), (name) => questions.group(name, proxy), rounds))
      settle(group, outcome, answers);
    if (scout.ok) settle(first, scout, answers);
  }
}

/** Who is online at a proxy counts; where it could not be asked, nobody can be said to be offline. */
function settle(group: string, outcome: Outcome<Answered>, answers: Map<string, GroupAnswer>): void {
  if (outcome.ok && outcome.answer.presence.kind === 'online') answers.set(group, outcome.answer);
  else if (!outcome.ok && isPassing(outcome) && !isOnline(answers.get(group)))
    answers.set(group, { answered: false, failure: outcome.failure });
}

function isOnline(answer: GroupAnswer | undefined): boolean {
  return answer?.answered === true && answer.presence.kind === 'online';
}

/** The console's own trouble, or the end of the time. A proxy that is not there hangs, or is out of the console's reach. */
function isPassing({ reached, failure, failureClass }: Extract<Outcome<unknown>, { ok: false }>): boolean {
  return !reached || (failureClass !== 'final' && failureClass !== 'slow' && failure.kind !== 'broker-unreachable');
}

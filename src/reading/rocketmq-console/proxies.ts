import type { GroupAnswer } from '../../lag/readings.ts';
import { askInRounds, type RoundOptions } from '../rounds.ts';
import type { ConsoleMemory } from './memory.ts';
import type { Questions } from './questions.ts';
import { LoginError } from './session.ts';

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
  rounds: RoundOptions,
): Promise<void> {
  const [first] = groups;
  if (first === undefined || memory.refusedWays.get(WAY, rounds.now)) return;
  const proxies = await onlyIfItAnswers(() => rounds.slots.run(() => questions.proxies()));
  if (proxies === undefined) return memory.refusedWays.set(WAY, true, rounds.now);
  for (const proxy of proxies) {
    if (memory.silentProxies.get(proxy, rounds.now)) continue;
    const answer = await onlyIfItAnswers(() => rounds.slots.run(() => questions.group(first, proxy)));
    if (answer === undefined) {
      memory.silentProxies.set(proxy, true, rounds.now);
      continue;
    }
    const rest = await askInRounds(groups.slice(1), (group) => questions.group(group, proxy), rounds);
    if (answer.presence.kind === 'online') answers.set(first, answer);
    for (const [group, outcome] of rest) if (outcome.ok && outcome.answer.presence.kind === 'online') answers.set(group, outcome.answer);
  }
}

/** What cannot be told here costs nothing else. */
async function onlyIfItAnswers<A>(ask: () => Promise<A>): Promise<A | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof LoginError) throw error;
    return undefined;
  }
}

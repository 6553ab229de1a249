import type { Deadline } from '../../base/deadline.ts';
import { toFailure } from '../../base/errors.ts';
import type { Failure, TopicReading } from '../../lag/readings.ts';
import { allOrFirstError, askAllWithRetry, askWithoutRetry, askWithRetry, type Outcome, type RetryOptions } from '../rounds.ts';
import { rotate } from '../topics.ts';
import { type Consumers, readTopicsByGroup } from './by-group.ts';
import { fillInByGroup, isBrokerList, type KnownBrokers, readByTopic } from './by-topic.ts';
import { NotAConsoleError } from './client.ts';
import { type ConsoleMemory, READ_BY_GROUP } from './memory.ts';
import type { Questions } from './questions.ts';
import { LoginError } from './session.ts';
import { StatusError } from './status.ts';
import { RefusedError, WireError } from './wire.ts';

/**
 * Every topic with its groups, and the brokers: by group where the console can, else by topic. Where the brokers are asked
 * for and do not answer in time, one of them hangs: every group would be asked at it in vain, and only by topic is it known
 * which topics are not on it.
 */
export async function readTopics(
  wanted: readonly string[],
  listed: ReadonlySet<string>,
  questions: Questions,
  memory: ConsoleMemory,
  rounds: RetryOptions,
): Promise<{ topics: TopicReading[]; brokers: KnownBrokers }> {
  const hang = new AbortController();
  const hanging = new Promise<undefined>((resolve) => hang.signal.addEventListener('abort', () => resolve(undefined)));
  const asking = askBrokers(questions, rounds, () => hang.abort());
  const deadline = halfOf(rounds.deadline, hang.signal);
  const [brokers, found] = await allOrFirstError(asking, read());
  async function read() {
    const consumers = await askConsumers(wanted, questions.within(deadline), memory, { ...rounds, deadline });
    const known = consumers === undefined ? undefined : await Promise.race([asking, hanging]);
    if (consumers === undefined || known === undefined || !isBrokerList(known)) return await readByTopic(wanted, questions, rounds);
    return { whole: await readTopicsByGroup({ consumers, listed, brokers: known }, questions, memory, rounds) };
  }
  if ('whole' in found) return { topics: found.whole, brokers };
  return { topics: await fillInByGroup(found, brokers, questions, rounds), brokers };
}

async function askBrokers(questions: Questions, rounds: RetryOptions, onHang: () => void): Promise<KnownBrokers> {
  const classify = (error: unknown) => {
    const failureClass = rounds.classify(error);
    if (failureClass === 'slow') onHang();
    // One route of many: what stands in front of the console may refuse it for ever.
    return failureClass === 'unavailable' ? 'passing' : failureClass;
  };
  return await askWithRetry(() => questions.brokers(), { ...rounds, classify }).catch((error: unknown): Failure => {
    if (error instanceof LoginError) throw error;
    return toFailure(error);
  });
}

/** What hangs at the first questions must not keep the others waiting until the time is over; the signal ends it at once. */
function halfOf(deadline: Deadline, signal: AbortSignal): Deadline {
  const half = deadline.earlierBy(deadline.remainingMs() / 2);
  return { remainingMs: () => (signal.aborted ? 0 : half.remainingMs()), earlierBy: half.earlierBy };
}

/** One topic may be odd, and one answer an accident: so many topics show what the console lacks. */
const PROBES = 2;

/** Who is on each topic; undefined where this console does not tell: seen at the first topics, and remembered for a while. */
async function askConsumers(
  wanted: readonly string[],
  questions: Questions,
  memory: ConsoleMemory,
  rounds: RetryOptions,
): Promise<Consumers | undefined> {
  if (memory.unsupported.get(READ_BY_GROUP, rounds.now)) return undefined;
  const enough = Math.min(PROBES, wanted.length);
  const refusals: unknown[] = [];
  let isTold = false;
  const isLacking = () => !isTold && refusals.length >= enough;
  async function ask(topic: string): Promise<string[]> {
    if (isLacking()) throw refusals[0];
    try {
      const groups = await questions.topicConsumers(topic);
      isTold = true;
      return groups;
    } catch (error) {
      if (isUnsupported(error)) refusals.push(error);
      throw error;
    }
  }
  const outcomes = new Map<string, Outcome<string[]>>();
  for (const topic of rotate(wanted, rounds.now).slice(0, PROBES)) {
    const before = refusals.length;
    const outcome = await askWithoutRetry(() => ask(topic), rounds);
    if (outcome.ok || outcome.failureClass === 'final') outcomes.set(topic, outcome);
    if (refusals.length === before) break;
  }
  const open = wanted.filter((topic) => !outcomes.has(topic));
  for (const [topic, outcome] of await askAllWithRetry(isLacking() ? [] : open, ask, rounds)) outcomes.set(topic, outcome);
  if (!isLacking()) return new Map(wanted.map((topic) => [topic, outcomes.get(topic)]));
  // Of a single topic it may be the topic.
  if (enough === PROBES) memory.unsupported.set(READ_BY_GROUP, true, rounds.now);
  return undefined;
}

/** Not 429 and the like: those pass. */
const UNSUPPORTED_STATUSES: ReadonlySet<number> = new Set([400, 403, 404, 405]);

/** Words with a code are those of a broker or a name server, by way of a console that knows how to ask. */
function isUnsupported(error: unknown): boolean {
  if (error instanceof RefusedError) return error.kind === 'refused' && !/\bCODE: *\d|No topic route info/i.test(error.words);
  return (
    error instanceof NotAConsoleError ||
    error instanceof WireError ||
    (error instanceof StatusError && UNSUPPORTED_STATUSES.has(error.status))
  );
}

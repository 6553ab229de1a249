import type { Failure, GroupAnswer, TopicReading } from '../../lag/readings.ts';
import { collectEvidence, type GroupEvidence, groupsToAsk, presenceOf } from '../../lag/rules.ts';
import { askAllWithRetry, type RetryOptions } from '../rounds.ts';
import { isBrokerList, type KnownBrokers } from './by-topic.ts';
import type { ConsoleMemory } from './memory.ts';
import { askProxies } from './proxies.ts';
import type { Questions } from './questions.ts';

type Answered = Extract<GroupAnswer, { answered: true }>;

/**
 * One answer for every group that the rows leave a question about: who is online, and does it broadcast. A message model
 * that is known is not asked for again while it is young.
 */
export async function askGroups(
  topics: readonly TopicReading[],
  listedTopics: ReadonlySet<string>,
  brokers: KnownBrokers,
  questions: Questions,
  memory: ConsoleMemory,
  rounds: RetryOptions,
): Promise<Map<string, GroupAnswer>> {
  const evidence = collectEvidence(topics, listedTopics);
  const { messageModel, presence } = groupsToAsk(evidence);
  const remembered = (group: string) => recall(group, memory, rounds.now);
  const answers = new Map<string, GroupAnswer>();
  for (const group of messageModel) {
    const known = remembered(group);
    if (known !== undefined) answers.set(group, known);
  }
  const toAsk = [...presence, ...messageModel].filter((group) => !answers.has(group));
  for (const [group, outcome] of await askAllWithRetry(toAsk, (name) => questions.group(name), rounds)) {
    answers.set(group, outcome.ok ? outcome.answer : { answered: false, failure: outcome.failure });
  }
  await askEachBroker(answers, evidence, brokers, questions, rounds);
  await askProxies(absentIn(answers, evidence, presence), answers, questions, memory, rounds);
  for (const group of toAsk) {
    const [answer, known] = [answers.get(group), remembered(group)];
    if (answer?.answered && answer.messageModel !== null) memory.messageModels.set(group, answer.messageModel, rounds.now);
    // Whose clients are hung, or not yet known to their restarted broker, is still the broadcast group that it was.
    else if (known?.messageModel === 'BROADCASTING') answers.set(group, known);
  }
  return answers;
}

/** A message model that is remembered, as an answer. It says nothing of who is online now. */
function recall(group: string, { messageModels }: ConsoleMemory, now: number): Answered | undefined {
  const messageModel = messageModels.get(group, now);
  return messageModel === undefined ? undefined : { answered: true, messageModel, presence: { kind: 'unknown' } };
}

/** Groups of whom nobody is known to be online, though it was asked. */
function absentIn(
  answers: ReadonlyMap<string, GroupAnswer>,
  evidence: ReadonlyMap<string, GroupEvidence>,
  asked: ReadonlySet<string>,
): string[] {
  return [...asked].filter((group) => {
    const [answer, found] = [answers.get(group), evidence.get(group)];
    return answer?.answered && found !== undefined && presenceOf(answer, found).kind !== 'online';
  });
}

/**
 * What the console's own choice of a broker leaves open is asked at each: some seconds after a restart one broker knows
 * nobody, and another all clients. A group that is said to be offline is so only if no broker knows a client; one that looks
 * like a broadcast group, and of which nothing is said, is settled by the clients that some broker knows.
 */
async function askEachBroker(
  answers: Map<string, GroupAnswer>,
  evidence: ReadonlyMap<string, GroupEvidence>,
  brokers: KnownBrokers,
  questions: Questions,
  rounds: RetryOptions,
): Promise<void> {
  const addresses = isBrokerList(brokers) ? [...new Set(brokers.map(({ address }) => address))] : [];
  const pairs = [...answers].flatMap(([group, answer]) => {
    const question = openQuestion(answer, evidence.get(group));
    return question === undefined ? [] : addresses.map((address) => ({ group, question, address }));
  });
  const ask = ({ group, question, address }: (typeof pairs)[number]): Promise<Answered> =>
    question === 'who is online' ? questions.group(group, address) : askModel(group, address, questions);
  for (const [{ group }, outcome] of await askAllWithRetry(pairs, ask, rounds)) {
    const soFar = answers.get(group);
    if (soFar === undefined || isSettled(soFar)) continue;
    if (outcome.ok && isSettled(outcome.answer)) answers.set(group, outcome.answer);
    // A refusal is a way of asking that this console lacks; anything else, the end of the time too, may have hidden a client.
    else if (!outcome.ok && !REFUSALS.has(outcome.failure.kind)) answers.set(group, { answered: false, failure: outcome.failure });
  }
  if (!isBrokerList(brokers) && brokers.kind !== 'refused') failWhatIsOpen(answers, evidence, brokers);
}

const REFUSALS: ReadonlySet<string> = new Set(['refused', 'status', 'not-a-console']);

function isSettled(answer: GroupAnswer): boolean {
  return answer.answered && (answer.messageModel !== null || answer.presence.kind === 'online');
}

/** A broker that knows a client of the group knows how it consumes. */
async function askModel(group: string, address: string, questions: Questions): Promise<Answered> {
  return { answered: true, messageModel: await questions.messageModel(group, address), presence: { kind: 'unknown' } };
}

function openQuestion(answer: GroupAnswer, group: GroupEvidence | undefined): 'who is online' | 'does it broadcast' | undefined {
  if (!answer.answered || group === undefined || !group.hasBacklog || group.held || isSettled(answer)) return undefined;
  if (presenceOf(answer, group).kind === 'offline') return 'who is online';
  return group.neverCommitted && answer.presence.kind === 'unknown' ? 'does it broadcast' : undefined;
}

/** Without the brokers nobody can be said to be offline. */
function failWhatIsOpen(answers: Map<string, GroupAnswer>, evidence: ReadonlyMap<string, GroupEvidence>, { kind, message }: Failure): void {
  for (const [group, answer] of answers) {
    if (openQuestion(answer, evidence.get(group)) !== 'who is online') continue;
    answers.set(group, { answered: false, failure: { kind, message: `the brokers to ask are unknown: ${message}` } });
  }
}

import { collectEvidence, type GroupEvidence, groupsToAsk, presenceOf } from '../../lag/groups.ts';
import type { GroupAnswer, TopicReading } from '../../lag/readings.ts';
import { askAllWithRetry, askWithoutRetry, type Outcome } from '../retry.ts';
import { GROUP, MESSAGE_MODEL } from './client-endpoints.ts';
import { PROXIES } from './cluster-endpoints.ts';
import { ask, type ConsoleContext, type ConsoleMemory } from './context.ts';
import type { Masters } from './masters.ts';

type Answered = Extract<GroupAnswer, { answered: true }>;

/**
 * One answer for every group about which the rows leave a question: who is online, and does it broadcast. A remembered message
 * model is used, without a question, until it expires.
 */
export async function askGroups(
  topics: readonly TopicReading[],
  listedTopics: ReadonlySet<string>,
  masters: Masters,
  context: ConsoleContext,
): Promise<Map<string, GroupAnswer>> {
  const { memory, retry } = context;
  const evidence = collectEvidence(topics, listedTopics);
  const { messageModel, presence } = groupsToAsk(evidence);
  const remembered = (group: string) => recall(group, memory, retry.now);
  const answers = new Map<string, GroupAnswer>();
  for (const group of messageModel) {
    const model = remembered(group);
    if (model !== undefined) answers.set(group, model);
  }
  const toAsk = [...presence, ...messageModel].filter((group) => !answers.has(group));
  for (const [group, outcome] of await askAllWithRetry(toAsk, (consumerGroup) => ask(context, GROUP, { consumerGroup }), retry)) {
    answers.set(group, outcome.ok ? outcome.answer : { answered: false, failure: outcome.failure });
  }
  await askEachMaster(answers, evidence, masters, context);
  await askProxies(groupsWithoutClients(answers, evidence, presence), answers, context);
  for (const group of toAsk) {
    const [answer, earlier] = [answers.get(group), remembered(group)];
    if (answer?.answered && answer.messageModel !== null) memory.messageModels.set(group, answer.messageModel, retry.now);
    // If the group was BROADCASTING before, keep that: its clients may hang or still be reconnecting.
    else if (earlier?.messageModel === 'BROADCASTING') answers.set(group, earlier);
  }
  return answers;
}

/** A remembered message model, as an answer. It does not tell who is online now. */
function recall(group: string, { messageModels }: ConsoleMemory, now: number): Answered | undefined {
  const messageModel = messageModels.get(group, now);
  return messageModel === undefined ? undefined : { answered: true, messageModel, presence: { kind: 'unknown' } };
}

/** Groups that were asked about, and of which no client is known to be online. */
function groupsWithoutClients(
  answers: ReadonlyMap<string, GroupAnswer>,
  evidence: ReadonlyMap<string, GroupEvidence>,
  groups: ReadonlySet<string>,
): string[] {
  return [...groups].filter((group) => {
    const [answer, ofGroup] = [answers.get(group), evidence.get(group)];
    return answer?.answered && ofGroup !== undefined && presenceOf(answer, ofGroup).kind !== 'online';
  });
}

/**
 * Asks each master of a group's topics what the console's own choice of a broker leaves open: some seconds after a restart
 * one broker knows nobody, and another one all clients. A group is offline only if every master was asked and none knows a
 * client; where one could not be asked, that is unknown. A group that looks like a broadcast group, and of which nothing is
 * said, is settled by the clients that some master knows.
 */
async function askEachMaster(
  answers: Map<string, GroupAnswer>,
  evidence: ReadonlyMap<string, GroupEvidence>,
  masters: Masters,
  context: ConsoleContext,
): Promise<void> {
  const open = [...answers].flatMap(([group, answer]) => {
    const question = openQuestion(answer, evidence.get(group));
    return question === undefined ? [] : { group, question };
  });
  const pairs = open.flatMap(({ group, question }) =>
    [...new Set(masters.of(group).map(({ address }) => address))].map((address) => ({ group, question, address })),
  );
  const askMaster = ({ group: consumerGroup, question, address }: (typeof pairs)[number]): Promise<Answered> =>
    question === 'who is online' ? ask(context, GROUP, { consumerGroup, address }) : askModel(consumerGroup, address, context);
  for (const [{ group }, outcome] of await askAllWithRetry(pairs, askMaster, context.retry)) {
    const soFar = answers.get(group);
    if (soFar === undefined || isSettled(soFar)) continue;
    if (outcome.ok) {
      if (isSettled(outcome.answer)) answers.set(group, outcome.answer);
    } else if (!REFUSALS.has(outcome.failure.kind)) {
      // The end of the time and every fault on the way may have hidden a client.
      answers.set(group, { answered: false, failure: outcome.failure });
    } else if (masters.areRouted && soFar.answered) answers.set(group, { ...soFar, presence: { kind: 'unknown' } });
  }
  for (const { group, question } of open) {
    const failure = masters.whyIncomplete(group);
    const answer = answers.get(group);
    if (question !== 'who is online' || failure === undefined || answer === undefined || isSettled(answer)) continue;
    if (!masters.areRouted && failure.kind === 'refused') continue;
    const message = `not every broker could be asked: ${failure.message}`;
    answers.set(group, { answered: false, failure: { kind: failure.kind, message } });
  }
}

const REFUSALS: ReadonlySet<string> = new Set(['refused', 'status', 'not-a-console']);

function isSettled(answer: GroupAnswer): boolean {
  return answer.answered && (answer.messageModel !== null || answer.presence.kind === 'online');
}

/** A broker that knows a client of the group knows its message model. */
async function askModel(consumerGroup: string, address: string, context: ConsoleContext): Promise<Answered> {
  const messageModel = await ask(context, MESSAGE_MODEL, { consumerGroup, address });
  return { answered: true, messageModel, presence: { kind: 'unknown' } };
}

function openQuestion(answer: GroupAnswer, group: GroupEvidence | undefined): 'who is online' | 'does it broadcast' | undefined {
  if (!answer.answered || group === undefined || !group.hasBacklog || group.hasOwner || isSettled(answer)) return undefined;
  if (presenceOf(answer, group).kind === 'offline') return 'who is online';
  return group.neverCommitted && answer.presence.kind === 'unknown' ? 'does it broadcast' : undefined;
}

/**
 * Asks the proxies that the console lists about groups of which no broker knows a client, because a gRPC client is connected
 * only to a proxy. A group that is online there is put into `answers`. Nothing else changes, because there may be other
 * proxies. By default a console lists proxies that do not exist, so a silent proxy is not asked again for a while.
 */
export async function askProxies(groups: readonly string[], answers: Map<string, GroupAnswer>, context: ConsoleContext): Promise<void> {
  const { memory, retry } = context;
  const [first] = groups;
  if (first === undefined || memory.unsupported.get('proxies', retry.now)) return;
  const listed = await askWithoutRetry(() => ask(context, PROXIES, {}), retry);
  if (!listed.ok) {
    // Consoles before 2.1 do not have the question.
    if (!isConsoleTrouble(listed)) memory.unsupported.set('proxies', true, retry.now);
    return;
  }
  for (const proxy of listed.answer) {
    if (memory.silentProxies.get(proxy, retry.now)) continue;
    const askProxy = (consumerGroup: string) => ask(context, GROUP, { consumerGroup, address: proxy });
    // The first group shows whether the proxy is there. A passing fault of the console shows nothing, and is retried.
    const probe = await askWithoutRetry(() => askProxy(first), retry);
    if (!probe.ok && !isConsoleTrouble(probe)) {
      memory.silentProxies.set(proxy, true, retry.now);
      continue;
    }
    for (const [group, outcome] of await askAllWithRetry(groups.slice(probe.ok ? 1 : 0), askProxy, retry))
      addProxyAnswer(group, outcome, answers);
    if (probe.ok) addProxyAnswer(first, probe, answers);
  }
}

/** A client at a proxy means that the group is online. If the proxy could not be asked, no group can be called offline. */
function addProxyAnswer(group: string, outcome: Outcome<Answered>, answers: Map<string, GroupAnswer>): void {
  if (outcome.ok && outcome.answer.presence.kind === 'online') answers.set(group, outcome.answer);
  else if (!outcome.ok && isConsoleTrouble(outcome) && !isOnline(answers.get(group)))
    answers.set(group, { answered: false, failure: outcome.failure });
}

function isOnline(answer: GroupAnswer | undefined): boolean {
  return answer?.answered === true && answer.presence.kind === 'online';
}

/** Whether the console itself failed, or no time was left. A proxy that hangs, or that the console cannot reach, is neither. */
function isConsoleTrouble({ reached, failure, failureClass }: Extract<Outcome<unknown>, { ok: false }>): boolean {
  return !reached || (failureClass !== 'final' && failureClass !== 'slow' && failure.kind !== 'broker-unreachable');
}

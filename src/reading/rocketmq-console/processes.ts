import pLimit from 'p-limit';
import { type GroupBehind, groupsBehind } from '../../lag/behind.ts';
import type { ClientAnswer, ClientReading, ClusterReadings, GroupProcesses, ProcessReadings } from '../../lag/readings.ts';
import type { ReadScope } from '../reader.ts';
import type { RetryOptions } from '../rounds.ts';
import { rotate } from '../topics.ts';
import { type AskWithoutRetry, askerWithoutRetry, type Outcome } from './once.ts';
import { type Budget, expectedClients, type PlannedGroup, planQuestions, startBudget } from './process-plan.ts';
import type { Questions } from './questions.ts';
import type { BrokerAddress } from './wire-cluster.ts';
import { type Connected, saysClientIsSilent, saysNobodyIsOnline } from './wire-processes.ts';

/** What the questions are asked with. */
interface Asking {
  /** Each kind of question for itself: a console may answer the one and not the other. */
  readonly askMaster: AskWithoutRetry;
  readonly askClient: AskWithoutRetry;
  readonly questions: Questions;
  readonly budget: Budget;
  readonly now: number;
}

/**
 * Asks why groups are behind: at each master that holds a group's queues who is connected, then every client how it is.
 *
 * Asked last, within what is left of the time and of the requests, each question once; never throws. Whatever goes wrong
 * here, nothing that was read before is touched: there is less to say about processes, that is all.
 */
export async function readProcesses(
  { topics, listedTopics, groups: answers }: ClusterReadings,
  brokers: readonly BrokerAddress[],
  questions: Questions,
  scope: ReadScope,
  { limit, concurrency }: Pick<RetryOptions, 'limit'> & { readonly concurrency: number },
): Promise<ProcessReadings> {
  const groups = new Map<string, GroupProcesses>();
  const elsewhere = { failed: 0, unasked: 0 };
  const behind = groupsBehind(topics, listedTopics, answers, scope.onlyGroups !== undefined);
  if (behind.length === 0) return { groups, elsewhere };
  const leaveOut = (outcome: keyof typeof elsewhere, { holders }: GroupBehind) => {
    elsewhere[outcome] += holders.size;
  };

  const startAsking = () => askerWithoutRetry(limit, concurrency, scope.deadline);
  if (scope.processQuestions === 0 || brokers.length === 0) {
    for (const group of behind) leaveOut(scope.processQuestions === 0 ? 'unasked' : 'failed', group);
    return { groups, elsewhere };
  }

  const asking: Asking = {
    askMaster: startAsking(),
    askClient: startAsking(),
    questions,
    budget: startBudget(scope.processQuestions),
    now: scope.now,
  };
  const planned = planQuestions(behind, brokers, scope.processQuestions, scope.now);
  // Group by group: a short time is better spent on knowing some of them than on knowing who is connected to all.
  const groupsAtOnce = pLimit(concurrency);
  const read = await Promise.all(
    planned.map((one) => groupsAtOnce(async () => ({ group: one.group, outcome: await askGroup(one, asking) }))),
  );
  for (const { group, outcome } of read) {
    if (outcome === 'failed' || outcome === 'unasked') leaveOut(outcome, group);
    else groups.set(group.consumerGroup, outcome);
  }
  return { groups, elsewhere };
}

const UNASKED = { outcome: 'unasked' } as const;

/** One group and all its clients; `failed` where no master said anything about it. */
async function askGroup({ group, masters, complete }: PlannedGroup, asking: Asking): Promise<GroupProcesses | 'failed' | 'unasked'> {
  const { budget, askMaster, questions, now } = asking;
  const { consumerGroup } = group;
  const expected = expectedClients(group);
  const reserved = budget.take(masters.length + expected);
  // Knowing who is connected is worth nothing without room for a question to one of them.
  if (reserved <= masters.length) {
    budget.giveBack(reserved);
    return 'unasked';
  }
  const told = await Promise.all(masters.map(({ address }) => askMaster((by) => questions.connections(consumerGroup, address, by))));
  const lists = told.flatMap((outcome) => clientsOf(outcome) ?? []);
  const isKnown = told.filter((outcome) => clientsOf(outcome) !== undefined).length;
  if (isKnown === 0) {
    budget.giveBack(reserved - masters.length);
    return told.some(({ outcome }) => outcome === 'failed') || masters.length === 0 ? 'failed' : 'unasked';
  }
  const clients = merge(lists);
  const room = reserved - masters.length;
  const extra = clients.length > room ? budget.take(clients.length - room) : 0;
  budget.giveBack(Math.max(0, room - clients.length));
  return {
    complete: complete && isKnown === masters.length,
    mayHaveGrpcClients: masters.some(({ version }) => mayServeGrpc(version)),
    clients: await Promise.all(
      rotate(clients, now).map(async (client, index) => ({
        ...client,
        answer: index < room + extra ? await askClient(consumerGroup, client.clientId, asking) : UNASKED,
      })),
    ),
  };
}

/** The clients that a master told; none where it knows none; undefined where it did not say. */
function clientsOf(told: Outcome<Connected[]>): Connected[] | undefined {
  if (told.outcome === 'answered') return told.answer;
  return told.outcome === 'failed' && saysNobodyIsOnline(told.error) ? [] : undefined;
}

async function askClient(consumerGroup: string, clientId: string, { askClient: ask, questions }: Asking): Promise<ClientAnswer> {
  const told = await ask((by) => questions.clientState(consumerGroup, clientId, by));
  if (told.outcome === 'answered') return { outcome: 'answered', state: told.answer };
  if (told.outcome === 'failed' && saysClientIsSilent(told.error)) return { outcome: 'unresponsive' };
  return told.outcome === 'failed' ? { outcome: 'failed', failure: told.failure } : UNASKED;
}

/** Each client once, whichever masters know it. Two masters see one client at two addresses: only one's count says anything. */
function merge(connected: readonly Connected[]): Omit<ClientReading, 'answer'>[] {
  const clients = new Map<string, Omit<ClientReading, 'answer'>>();
  for (const { clientId, addresses, language, version } of connected) {
    const earlier = clients.get(clientId);
    clients.set(clientId, {
      clientId,
      addresses: Math.max(addresses.size, earlier?.addresses ?? 0),
      language: earlier?.language ?? language,
      version: earlier?.version ?? version,
    });
  }
  return [...clients.values()];
}

/** gRPC came with RocketMQ 5; which version it is may not be known. */
function mayServeGrpc(version: string | null): boolean {
  const [, major] = /^V(\d+)_/.exec(version ?? '') ?? [];
  return major === undefined || Number(major) >= 5;
}

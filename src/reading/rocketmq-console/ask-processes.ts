import pLimit from 'p-limit';
import { type Deadline, deadlineIn, earlierOf } from '../../base/deadline.ts';
import { toFailure } from '../../base/errors.ts';
import { NoAnswerError } from '../../http/client.ts';
import { type GroupBehind, groupsBehind } from '../../lag/groups.ts';
import type { ClientAnswer, ClientReading, ClusterReadings, Failure, GroupProcesses, ProcessReadings } from '../../lag/readings.ts';
import type { AdaptiveLimit } from '../retry.ts';
import { rotate } from '../topics.ts';
import { CLIENT_STATE, CONNECTIONS, type Connected, saysClientIsSilent, saysNobodyIsOnline } from './client-endpoints.ts';
import { ask, type ConsoleContext } from './context.ts';
import type { Master, Masters } from './masters.ts';

/** What the questions about processes share. */
interface Asker {
  readonly context: ConsoleContext;
  /** One for each kind of question: a console may answer the one and not the other. */
  readonly askMaster: AskWithinLimits;
  readonly askClient: AskWithinLimits;
  readonly budget: Budget;
}

/**
 * Asks why groups are behind: at each master that holds a group's queues who is connected, then each client how it is.
 *
 * This comes last, within what is left of the time and of the allowed requests. Each question is asked once. It never throws
 * and never changes what was read before: where it fails, less is known about processes.
 */
export async function readProcesses(
  { topics, listedTopics, groups: answers }: ClusterReadings,
  masters: Masters,
  context: ConsoleContext,
  concurrency: number,
): Promise<ProcessReadings> {
  const { scope, retry } = context;
  const groups = new Map<string, GroupProcesses>();
  const elsewhere = { failed: 0, unasked: 0 };
  const behind = groupsBehind(topics, listedTopics, answers, scope.onlyGroups !== undefined);
  if (behind.length === 0) return { groups, elsewhere };
  const countElsewhere = (outcome: keyof typeof elsewhere, { owners }: GroupBehind) => {
    elsewhere[outcome] += owners.size;
  };

  if (scope.processQuestions === 0) {
    for (const group of behind) countElsewhere('unasked', group);
    return { groups, elsewhere };
  }

  const asker: Asker = {
    context,
    askMaster: askWithinLimits(retry.limit, concurrency, scope.deadline),
    askClient: askWithinLimits(retry.limit, concurrency, scope.deadline),
    budget: startBudget(scope.processQuestions),
  };
  const planned = planQuestions(behind, masters, scope.processQuestions, scope.now);
  // Group by group: in a short time it is better to know all about some groups than who is connected to every group.
  const groupsAtOnce = pLimit(concurrency);
  const read = await Promise.all(
    planned.map((group) => groupsAtOnce(async () => ({ group: group.group, outcome: await askGroup(group, asker) }))),
  );
  for (const { group, outcome } of read) {
    if (outcome === 'failed' || outcome === 'unasked') countElsewhere(outcome, group);
    else groups.set(group.consumerGroup, outcome);
  }
  return { groups, elsewhere };
}

const UNASKED = { outcome: 'unasked' } as const;

/** One group and all its clients; `failed` where no master answered about it. */
async function askGroup({ group, masters, complete }: PlannedGroup, asker: Asker): Promise<GroupProcesses | 'failed' | 'unasked'> {
  const { budget, askMaster, context } = asker;
  const { consumerGroup } = group;
  const reserved = budget.take(masters.length + expectedClients(group));
  // To know who is connected is worth nothing without a request left for one of them.
  if (reserved <= masters.length) {
    budget.giveBack(reserved);
    return 'unasked';
  }
  const outcomes = await Promise.all(
    masters.map(({ address }) => askMaster((by) => ask(context, CONNECTIONS, { consumerGroup, address }, by))),
  );
  const connected = outcomes.map(clientsOf).filter((clients) => clients !== undefined);
  if (connected.length === 0) {
    budget.giveBack(reserved - masters.length);
    return outcomes.some(({ outcome }) => outcome === 'failed') || masters.length === 0 ? 'failed' : 'unasked';
  }
  const clients = mergeClients(connected.flat());
  const room = reserved - masters.length;
  const extra = clients.length > room ? budget.take(clients.length - room) : 0;
  budget.giveBack(Math.max(0, room - clients.length));
  const answers: ClientReading[] = [];
  // One after the other: a client of several groups, or one that cannot answer yet, stands still when it is asked twice at once.
  for (const [index, client] of rotate(clients, context.scope.now).entries())
    answers.push({ ...client, answer: index < room + extra ? await askClient(consumerGroup, client.clientId, asker) : UNASKED });
  return {
    complete: complete && connected.length === masters.length,
    mayHaveGrpcClients: masters.some(({ version }) => mayServeGrpc(version)),
    clients: answers,
  };
}

/** The clients that a master knows; empty where it knows none, undefined where it did not answer. */
function clientsOf(outcome: Outcome<Connected[]>): Connected[] | undefined {
  if (outcome.outcome === 'answered') return outcome.answer;
  return outcome.outcome === 'failed' && saysNobodyIsOnline(outcome.error) ? [] : undefined;
}

async function askClient(consumerGroup: string, clientId: string, { context, askClient: askOne }: Asker): Promise<ClientAnswer> {
  const outcome = await askOne((by) => ask(context, CLIENT_STATE, { consumerGroup, clientId, jstack: 'false' }, by));
  if (outcome.outcome === 'answered') return { outcome: 'answered', state: outcome.answer };
  if (outcome.outcome === 'failed' && saysClientIsSilent(outcome.error)) return { outcome: 'unresponsive' };
  return outcome.outcome === 'failed' ? { outcome: 'failed', failure: outcome.failure } : UNASKED;
}

/** Each client once. Two masters see one client at two addresses, so the addresses at different masters are never added up. */
function mergeClients(connected: readonly Connected[]): Omit<ClientReading, 'answer'>[] {
  const clients = new Map<string, Omit<ClientReading, 'answer'>>();
  for (const { clientId, addresses, language, version } of connected) {
    const earlier = clients.get(clientId);
    clients.set(clientId, {
      clientId,
      addresses: Math.min(addresses.size, earlier?.addresses ?? Infinity),
      connections: Math.max(addresses.size, earlier?.connections ?? 0),
      address: earlier?.address ?? ipOf(addresses),
      language: earlier?.language ?? language,
      version: earlier?.version ?? version,
    });
  }
  return [...clients.values()];
}

/** The IP address of a connection, `ip:port`; of several, the first in the order of names. */
function ipOf(addresses: ReadonlySet<string>): string | null {
  const [first] = [...addresses].map((address) => address.replace(/^\/|:\d+$/g, '')).sort();
  return first || null;
}

/** gRPC came with RocketMQ 5. A broker of unknown version may be one of those. */
function mayServeGrpc(version: string | null): boolean {
  const [, major] = /^V(\d+)_/.exec(version ?? '') ?? [];
  return major === undefined || Number(major) >= 5;
}

/** A group to ask about, and where. */
export interface PlannedGroup {
  readonly group: GroupBehind;
  /** The masters that hold its queues. */
  readonly masters: readonly Master[];
  /** False where the address of a master is unknown. */
  readonly complete: boolean;
}

/** The share of the requests that always goes to the groups furthest behind. The others take turns for the rest. */
const SHARE_OF_WORST = 0.5;

/**
 * The order in which to ask. The group furthest behind is always first, even if it alone uses up the requests. As many of
 * the groups after it follow as half of the requests suffice for. The others rotate each minute, so that not always the same
 * groups are left out.
 */
export function planQuestions(
  behind: readonly GroupBehind[],
  allMasters: Pick<Masters, 'of'>,
  requests: number,
  now: number,
): PlannedGroup[] {
  const planned = behind.map((group) => {
    const masters = allMasters.of(group.consumerGroup).filter(({ broker }) => group.brokers.has(broker));
    return { group, masters, complete: new Set(masters.map(({ broker }) => broker)).size === group.brokers.size };
  });
  let spent = 0;
  const rest = planned.findIndex(({ masters, group }, index) => {
    spent += masters.length + expectedClients(group);
    return index > 0 && spent > requests * SHARE_OF_WORST;
  });
  return rest === -1 ? planned : [...planned.slice(0, rest), ...rotate(planned.slice(rest), now)];
}

/** The clients that the rows name; at least one, because rows may name none. */
function expectedClients({ owners }: GroupBehind): number {
  return Math.max(1, owners.size);
}

/** The requests that are left to spend. */
export interface Budget {
  /** Takes at most `wanted` requests, and returns how many it got. */
  take(wanted: number): number;
  giveBack(unused: number): void;
}

export function startBudget(requests: number): Budget {
  let left = requests;
  return {
    take: (wanted) => {
      const taken = Math.min(wanted, left);
      left -= taken;
      return taken;
    },
    giveBack: (unused) => {
      left += unused;
    },
  };
}

/** The outcome of a question that is asked once; `unasked` where there was no time for it. */
type Outcome<A> =
  | { readonly outcome: 'answered'; readonly answer: A }
  | { readonly outcome: 'failed'; readonly error: unknown; readonly failure: Failure }
  | typeof UNASKED;

type AskWithinLimits = <A>(question: (by: Deadline) => Promise<A>) => Promise<Outcome<A>>;

/** A console gives up on a client that hangs after 3 to 5 s. A console that takes longer is slow itself. */
const TIMEOUT_MS = 6_000;

/**
 * Asks each question once, within the limit of requests in flight and the deadline, and never throws. Where as many
 * questions as may be in flight got no answer, and none ever got one, the rest is not asked: such a console would hold the
 * tick until its end.
 */
function askWithinLimits(limit: AdaptiveLimit, concurrency: number, deadline: Deadline): AskWithinLimits {
  let hasAnswered = false;
  let withoutAnswer = 0;
  return (question) =>
    limit.run(async () => {
      if (deadline.remainingMs() <= 0 || (!hasAnswered && withoutAnswer >= concurrency)) return UNASKED;
      try {
        const answer = await question(earlierOf(deadline, deadlineIn(TIMEOUT_MS)));
        hasAnswered = true;
        return { outcome: 'answered', answer };
      } catch (error) {
        const isOpen = error instanceof NoAnswerError && (error.reason === 'deadline' || error.reason === 'timeout');
        if (!isOpen) hasAnswered = true;
        else if (deadline.remainingMs() <= 0) return UNASKED;
        else withoutAnswer += 1;
        return { outcome: 'failed', error, failure: toFailure(error) };
      }
    });
}

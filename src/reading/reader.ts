import type { Deadline } from '../base/deadline.ts';
import { matchesAny } from '../base/names.ts';
import type { HttpUsage } from '../http/client.ts';
import type { ClusterReadings } from '../lag/readings.ts';
import type { TopicSelection } from './topics.ts';

/** What to read, by when. */
export interface ReadScope {
  readonly topics: TopicSelection;
  /** Consumer groups to leave out: names or globs. */
  readonly ignoredGroups: readonly string[];
  /** Only groups that match one of these, and all their processes; undefined means all. */
  readonly onlyGroups?: readonly string[] | undefined;
  /** Most requests to spend on asking why groups are behind. */
  readonly processQuestions: number;
  readonly deadline: Deadline;
  /** Epoch ms; turns the order of the topics from tick to tick. */
  readonly now: number;
  /** Told how many questions have been answered, of how many that are known of so far. */
  readonly onProgress?: ((answered: number, of: number) => void) | undefined;
}

export function wantsGroup({ ignoredGroups, onlyGroups }: ReadScope, consumerGroup: string): boolean {
  return !matchesAny(consumerGroup, ignoredGroups) && (onlyGroups === undefined || matchesAny(consumerGroup, onlyGroups));
}

/**
 * Reads one cluster's backlog, from whatever kind of console it is. This is all that a tick knows of a console: another
 * kind of server is another implementation of this, and neither the tick, the lag rules nor the metrics change.
 *
 * What `read` owes (`test/support/conformance.ts` checks it):
 * - only the topics that `selectTopics` leaves of those listed, and only groups that `wantsGroup` wants;
 * - an outcome for every one of these topics, each once; on a topic each group once, of a group each queue once, with both offsets;
 * - a group that is listed and could not be read, or of which an offset is unknown, is there as `readable: false`, or in
 *   `unreadGroups` when its topics are not known: what is left out without a word counts as not there. A group without any
 *   queue on a topic is one of these, unless the server says that the group is not on the topic;
 * - one answer for every group that `groupsToAsk` names, failed or not. Where the server tells no client of a queue, the
 *   answer is also the only way to know a broadcast group, so it should be given for every group that never committed. A
 *   server that knows no clients at all answers a null model and an `unknown` presence: that is no failure. `offline` is for a
 *   server that would know a client if there were one;
 * - `processes`, if it can ask processes at all: asked last, for groups with backlog, and never at the cost of anything above;
 * - nothing goes on after it has returned, and nothing takes longer than the deadline.
 *
 * It throws a `LagPusherError` where there is nothing to judge at all: no list of topics or groups, an empty one, a refused
 * login. Where `onlyGroups` matches none of the listed groups it returns readings without a group: the tick says so.
 */
export interface ClusterReader {
  read(scope: ReadScope): Promise<ClusterReadings>;
  /** What was sent so far, logins and retries included, and how it was answered. */
  usage(): HttpUsage;
  /** The likely cause where no group at all could be read, by the kinds of the failures. */
  readonly whyNoGroup?: (kinds: ReadonlySet<string>) => string | undefined;
  /** Ends what is still in flight, and the sockets. */
  close(): void;
}

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
  /** The most requests to spend on asking why groups are behind. */
  readonly processQuestions: number;
  readonly deadline: Deadline;
  /** Epoch ms. It decides where the rotation of the topics starts. */
  readonly now: number;
  /** Called with the number of answered questions, and the number of all questions so far. */
  readonly onProgress?: ((answered: number, total: number) => void) | undefined;
}

export function wantsGroup({ ignoredGroups, onlyGroups }: ReadScope, consumerGroup: string): boolean {
  return !matchesAny(consumerGroup, ignoredGroups) && (onlyGroups === undefined || matchesAny(consumerGroup, onlyGroups));
}

/**
 * Reads one cluster's backlog from a console, of whatever kind. The tick knows nothing else of a console: a second kind of
 * server is a second implementation of this interface, and the tick, the lag rules and the metrics stay as they are.
 *
 * What `read` must return (`test/support/conformance.ts` checks it):
 * - of the listed topics only those that `selectTopics` selects, and only groups that `wantsGroup` wants;
 * - one outcome for each of these topics; on a topic each group once, and in a group each queue once, with both offsets;
 * - a listed group that could not be read, or with an unknown offset, as `readable: false`, or in `unreadGroups` if its topics
 *   are unknown. A group that is left out counts as not there. A group without any queue on a topic could not be read either,
 *   unless the server says that the group is not on the topic;
 * - one answer for every group that `groupsToAsk` names, failed or not. If the server never names the client of a queue, only
 *   this answer shows a broadcast group, so every group that never committed should have one. A server that knows no clients
 *   at all answers a null model and an `unknown` presence, which is no failure. Only a server that would know a client if there
 *   were one may answer `offline`;
 * - `processes`, if the server can be asked about processes: asked last, about groups with backlog, and never at the cost of
 *   anything above;
 * - nothing goes on after it has returned, and nothing takes longer than the deadline.
 *
 * It throws a `LagPusherError` if there is nothing to report on: no list of topics or groups, an empty list, a refused login.
 * If `onlyGroups` matches no listed group, it returns readings without a group, and the tick reports that.
 */
export interface ClusterReader {
  read(scope: ReadScope): Promise<ClusterReadings>;
  /** The number of requests so far, logins and retries included, and how long the answers took. */
  usage(): HttpUsage;
  /** The likely cause if no group could be read, by the kinds of the failures. */
  readonly whyNoGroup?: (kinds: ReadonlySet<string>) => string | undefined;
  /** Aborts the requests in flight, and closes the sockets. */
  close(): void;
}

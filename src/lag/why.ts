import type { LaggingGroup } from './case.ts';
import { diagnose } from './diagnosis.ts';
import { withReportedOwners } from './holders.ts';
import { countProcesses, reportConsistency, reportProcesses } from './processes.ts';
import type { ClusterReadings, QueueReading } from './readings.ts';
import type { ReasonReport, Report } from './report.ts';
import { type GroupEvidence, presenceOf, queueBacklog } from './rules.ts';

type WhyParts = Pick<Report, 'reasons' | 'processes' | 'consistency' | 'processCounts'>;

/**
 * What a tick's processes say, beside the sums: `holders` gives the rows of a group on a topic with the holders that its
 * clients tell, and remembers them; `result` says why those that are behind are so.
 */
export function startWhy(
  { processes, groups }: Pick<ClusterReadings, 'processes' | 'groups'>,
  evidence: ReadonlyMap<string, GroupEvidence>,
) {
  const cases: LaggingGroup[] = [];
  /** Topics by group: what was not read in this tick (another shard's, an ignored one) is not told of. */
  const read = new Map<string, Set<string>>();

  function holders(topic: string, consumerGroup: string, queues: readonly QueueReading[]): readonly QueueReading[] {
    const asked = processes?.groups.get(consumerGroup);
    if (asked === undefined) return queues;
    const topics = read.get(consumerGroup) ?? new Set();
    read.set(consumerGroup, topics.add(topic));
    const held = withReportedOwners(topic, queues, asked);
    const answer = groups.get(consumerGroup);
    const group = evidence.get(consumerGroup);
    const presence = answer?.answered && group ? presenceOf(answer, group) : undefined;
    if (held.some((queue) => queueBacklog(queue) > 0)) cases.push({ topic, consumerGroup, queues: held, presence, processes: asked });
    return held;
  }

  function result(): WhyParts {
    const asked = [...(processes?.groups ?? [])].flatMap(([consumerGroup, group]) => {
      const topics = read.get(consumerGroup);
      return topics === undefined ? [] : [{ consumerGroup, group, topics }];
    });
    return {
      reasons: cases.map((one): ReasonReport => ({ topic: one.topic, consumerGroup: one.consumerGroup, ...diagnose(one) })),
      processes: asked.flatMap(({ consumerGroup, group, topics }) => reportProcesses(consumerGroup, group, topics)),
      consistency: asked.map(({ consumerGroup, group }) => reportConsistency(consumerGroup, group)),
      processCounts: processes && countProcesses(processes),
    };
  }

  return { holders, result };
}

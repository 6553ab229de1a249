import type { Case } from './case.ts';
import { diagnose } from './diagnosis.ts';
import { withClaimedHolders } from './holders.ts';
import { countProcesses, reportConsistency, reportProcesses } from './processes.ts';
import type { ClusterReadings, QueueReading } from './readings.ts';
import type { ReasonReport, Report } from './report.ts';
import { queueBacklog } from './rules.ts';

type WhyParts = Pick<Report, 'reasons' | 'processes' | 'consistency' | 'processCounts'>;

/**
 * What a tick's processes say, beside the sums: `holders` gives the rows of a group on a topic with the holders that its
 * clients tell, and remembers them; `result` says why those that are behind are so.
 */
export function startWhy({ processes, groups }: Pick<ClusterReadings, 'processes' | 'groups'>) {
  const cases: Case[] = [];

  function holders(topic: string, consumerGroup: string, queues: readonly QueueReading[]): readonly QueueReading[] {
    const asked = processes?.groups.get(consumerGroup);
    if (asked === undefined) return queues;
    const held = withClaimedHolders(topic, queues, asked);
    const answer = groups.get(consumerGroup);
    if (held.some((queue) => queueBacklog(queue) > 0))
      cases.push({ topic, consumerGroup, queues: held, presence: answer?.answered ? answer.presence : undefined, processes: asked });
    return held;
  }

  function result(): WhyParts {
    const asked = [...(processes?.groups ?? [])];
    return {
      reasons: cases.map((one): ReasonReport => ({ topic: one.topic, consumerGroup: one.consumerGroup, ...diagnose(one) })),
      processes: asked.flatMap(([consumerGroup, group]) => reportProcesses(consumerGroup, group)),
      consistency: asked.map(([consumerGroup, group]) => reportConsistency(consumerGroup, group)),
      processCounts: processes && countProcesses(processes),
    };
  }

  return { holders, result };
}

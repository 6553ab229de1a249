/** Labels that a metric of ours carries. A grouping label of the same name would overwrite them at the gateway, without a word. */
export const METRIC_LABELS = [
  'topic',
  'consumerGroup',
  'broker',
  'queueId',
  'consumerClientIP',
  'consumerClientPID',
  'outcome',
  'version',
  'reason',
  'language',
  'type',
] as const;
export type MetricLabel = (typeof METRIC_LABELS)[number];

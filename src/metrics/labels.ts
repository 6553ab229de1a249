/** Labels of our metrics. A grouping label of the same name would silently overwrite them at the gateway. */
export const METRIC_LABELS = [
  'topic',
  'consumerGroup',
  'broker',
  'queueId',
  'consumerClientIP',
  'consumerClientPID',
  'level',
  'outcome',
  'version',
  'reason',
  'language',
  'type',
] as const;
export type MetricLabel = (typeof METRIC_LABELS)[number];

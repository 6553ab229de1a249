import type { AlertCase } from '../../../support/promtool.ts';
import { data, repeated, subscription, wellCollector } from '../../../support/pushed-series.ts';

export type Values = Readonly<Record<string, string>>;

/** The alerts at these minutes, where a group that is at work has these values, and the collector is well. */
export function working(name: string, values: Values, at: AlertCase['at'], more: Values = {}, topic = 'orders'): AlertCase {
  return { name, series: { ...wellCollector(), ...subscription({ topic, values }), ...more }, at };
}

/** The group's own threshold. */
export const override = (threshold: string, value: string) => ({
  [`rocketmq_lag_pusher:threshold:${threshold}{consumerGroup="g"}`]: repeated(value, 240),
});

export const CLIENTS = data('clients_online', { consumerGroup: 'g' });

/** A group that has 700 messages, no known process, and does not move. */
export const NOBODY: Values = { topic_consumergroup: '700x60', unassigned: '700x60', processes: '0x60', consumer_offset: '5000x60' };

import { parseClientId } from './rocketmq-names.ts';

export { span } from '../base/text.ts';

/** Formats numbers, times and processes for a sentence that a person reads. */

export function count(messages: number): string {
  return messages.toLocaleString('en');
}

/** "1 process", "3 processes". */
export function several(number: number, singular: string, plural = `${singular}es`): string {
  return `${count(number)} ${number === 1 ? singular : plural}`;
}

/** A rate; two digits below 100. */
export function rate(perSecond: number): string {
  return perSecond >= 100 ? count(Math.round(perSecond)) : String(Number(perSecond.toPrecision(2)));
}

/** At most 100%: a ratio of two rates that were measured apart can be slightly above 1. */
export function percent(ratio: number): string {
  return `${Math.round(Math.min(1, ratio) * 100)}%`;
}

/** The name of a process, as in its labels: IP, then PID. */
export function processName(clientId: string): string {
  const { ip, pid } = parseClientId(clientId);
  return pid === '' ? ip : `${ip} ${pid}`;
}

/** The name of the first process, and the number of the others. */
export function firstOf(clientIds: readonly string[]): string {
  const [first = ''] = clientIds;
  const others = clientIds.length - 1;
  return others > 0 ? `${processName(first)} (and ${several(others, 'more', 'more')})` : processName(first);
}

import { parseClientId } from './rocketmq-names.ts';

/** How numbers, times and processes are said in a sentence for a person. */

export function count(messages: number): string {
  return messages.toLocaleString('en');
}

/** "1 process", "3 processes". */
export function several(many: number, one: string, more = `${one}es`): string {
  return `${count(many)} ${many === 1 ? one : more}`;
}

/** A rate, to two digits where it is small. */
export function rate(perSecond: number): string {
  return perSecond >= 100 ? count(Math.round(perSecond)) : String(Number(perSecond.toPrecision(2)));
}

export function span(seconds: number): string {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 10) return `${Number(seconds.toPrecision(2))} s`;
  if (seconds < 2 * 60) return `${Math.floor(seconds)} s`;
  if (seconds < 2 * 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 2 * 86_400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

/** At most all of it: two rates that were measured apart may give a little more. */
export function percent(ratio: number): string {
  return `${Math.round(Math.min(1, ratio) * 100)}%`;
}

/** A process as its labels have it: IP, then PID. */
export function processName(clientId: string): string {
  const { ip, pid } = parseClientId(clientId);
  return pid === '' ? ip : `${ip} ${pid}`;
}

/** The first process of those, and how many more there are. */
export function firstOf(clientIds: readonly string[]): string {
  const [first = ''] = clientIds;
  const others = clientIds.length - 1;
  return others > 0 ? `${processName(first)} (and ${several(others, 'more', 'more')})` : processName(first);
}

import { parseClientId } from './client-id.ts';

export { span } from '../base/text.ts';

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

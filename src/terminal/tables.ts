import Table from 'cli-table3';
import { span } from '../lag/format.ts';
import type { BehindGroup, BehindProcess, ProcessNumbers, ProcessOfGroup, TickResult } from '../result.ts';
import { printable } from './terminal.ts';

/** Formats a result for a terminal: what happened, who is behind, what could not be read. */
export function renderResult(result: TickResult): string {
  const { topics, groups, series, failures, exposition } = result;
  if (result.outcome === 'forgotten') return `${result.cluster}: its groups are deleted from the Pushgateway`;
  const parts = [
    `${result.cluster}: ${result.outcome}, ${number(result.backlog)} messages behind (${span(result.durationMs / 1000)})`,
    `topics: ${counts(topics)}`,
    `groups: ${counts(groups)}`,
    `series: ${counts(series)}`,
  ];
  if (result.top.groups.length > 0) {
    parts.push('', 'Furthest behind, by consumer group');
    parts.push(groupTable(result.top.groups, result.processes !== undefined));
    parts.push('', 'Furthest behind, by process (all its groups together)');
    parts.push(processTable(result.top.processes));
  }
  if (result.processes?.length) parts.push('', 'Every process', everyProcessTable(result.processes));
  else if (result.processes !== undefined) parts.push('', NO_PROCESS);
  if (failures.length > 0)
    parts.push('', 'Not read', ...failures.map(({ topic, kind, message }) => `  ${topic && `${topic}: `}${message} (${kind})`));
  // Who asks for a group wants to know what is wrong with it: what would be pushed is left to --json.
  if (exposition !== undefined && result.processes === undefined) parts.push('', 'What would be pushed', '', exposition);
  return parts.map(printable).join('\n');
}

/** Where a group was asked for and no process of it can be shown. */
const NO_PROCESS = 'No process to show: processes are asked only while their group has backlog, and only those that a broker knows.';

function groupTable(groups: readonly BehindGroup[], wanted: boolean): string {
  const asked = wanted || groups.some(({ reason }) => reason !== null);
  return table(
    ['topic', 'consumer group', 'backlog', 'delay', 'time left', 'lost', ...(asked ? ['why'] : [])],
    groups.map(({ topic, consumerGroup, backlog, delaySeconds, retentionMarginSeconds, lostMessages, reason, because }) => [
      topic,
      consumerGroup,
      number(backlog),
      known(delaySeconds, duration),
      known(retentionMarginSeconds, duration),
      // Asked only where messages are about to be deleted.
      lostMessages === null ? '' : number(lostMessages),
      ...(asked ? [reason === null ? '(not asked)' : `${reason}: ${because}`] : []),
    ]),
  );
}

const NUMBERS = ['consumed/s', 'a call', 'busy', 'in hand'];

function processTable(processes: readonly BehindProcess[]): string {
  const asked = processes.some(({ consumedPerSecond, consumeSeconds, busyRatio, cachedMessages }) =>
    [consumedPerSecond, consumeSeconds, busyRatio, cachedMessages].some((value) => value !== null),
  );
  return table(
    ['client IP', 'PID', 'backlog', ...(asked ? NUMBERS : [])],
    processes.map((process) => {
      const nobody = process.consumerClientIP === '';
      return [
        nobody ? '(no known client)' : process.consumerClientIP,
        process.consumerClientPID,
        number(process.backlog),
        ...(asked ? (nobody ? NUMBERS.map(() => '') : numbersOf(process)) : []),
      ];
    }),
  );
}

function everyProcessTable(processes: readonly ProcessOfGroup[]): string {
  return table(
    ['consumer group', 'client IP', 'PID', 'answers', 'type', 'version', 'threads', ...NUMBERS, 'none finished for'],
    processes.map((process) => {
      const { kinds, threads, idleSeconds } = process;
      const told = kinds.length > 0;
      const pulls = told && kinds.every(({ type }) => type === 'pull');
      const [perSecond = '', aCall = '', busy = '', inHand = ''] = numbersOf(process);
      return [
        process.consumerGroup,
        process.consumerClientIP,
        process.consumerClientPID,
        process.responding === null ? UNKNOWN : process.responding ? 'yes' : 'NO',
        told ? kinds.map(({ type }) => type).join(', ') : UNKNOWN,
        told ? kinds.map(({ version }) => version).join(', ') : UNKNOWN,
        // A pull consumer has neither threads nor a listener.
        ...(pulls ? ['', '', '', ''] : [known(threads, number), perSecond, aCall, busy]),
        inHand,
        known(idleSeconds, duration),
      ];
    }),
  );
}

function numbersOf({ consumedPerSecond, consumeSeconds, busyRatio, cachedMessages }: ProcessNumbers): string[] {
  return [
    known(consumedPerSecond, (perSecond) => perSecond.toFixed(1)),
    known(consumeSeconds, duration),
    known(busyRatio, (ratio) => `${(ratio * 100).toFixed(0)}%`),
    known(cachedMessages, number),
  ];
}

const UNKNOWN = 'unknown';

/** Null is unknown. A cell for which there can be no value stays empty. */
function known(value: number | null, say: (value: number) => string): string {
  return value === null ? UNKNOWN : say(value);
}

const RIGHT = ['backlog', 'delay', 'time left', 'lost', 'threads', 'none finished for', ...NUMBERS];
/** Sentences are wrapped, so that a row fits a terminal. */
const WHY_WIDTH = 60;

function table(head: string[], rows: string[][]): string {
  const built = new Table({
    head,
    style: { head: [], border: [], compact: true },
    colAligns: head.map((title) => (RIGHT.includes(title) ? 'right' : 'left')),
    colWidths: head.map((title) => (title === 'why' ? WHY_WIDTH : null)),
    wordWrap: true,
  });
  built.push(...rows.map((row) => row.map(printable)));
  return built.toString();
}

function counts(of: object): string {
  return Object.entries(of)
    .map(([name, count]) => `${number(count as number)} ${name}`)
    .join(', ');
}

const number = (value: number) => value.toLocaleString('en');

/** As in the sentences that say why. */
const duration = (seconds: number) => (seconds === 0 ? '0 s' : span(seconds));

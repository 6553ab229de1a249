import Table from 'cli-table3';
import type { BehindGroup, BehindProcess, ProcessNumbers, ProcessOfGroup, TickResult } from '../../src/result.ts';

/** Formats a result for a terminal: what happened, who is behind, what could not be read. */
export function renderResult(result: TickResult): string {
  const { topics, groups, series, failures, exposition } = result;
  if (result.outcome === 'forgotten') return `${result.cluster}: its groups are deleted from the Pushgateway`;
  const parts = [
    `${result.cluster}: ${result.outcome}, ${number(result.backlog)} messages behind (${result.durationMs} ms)`,
    `topics: ${counts(topics)}`,
    `groups: ${counts(groups)}`,
    `series: ${counts(series)}`,
  ];
  if (result.top.groups.length > 0) {
    parts.push('', 'Furthest behind, by consumer group');
    parts.push(groupTable(result.top.groups));
    parts.push('', 'Furthest behind, by process');
    parts.push(processTable(result.top.processes));
  }
  if (result.processes?.length) parts.push('', 'Every process', everyProcessTable(result.processes));
  if (failures.length > 0)
    parts.push('', 'Not read', ...failures.map(({ topic, kind, message }) => `  ${topic && `${topic}: `}${message} (${kind})`));
  // Who asks for a group wants to know what is wrong with it: what would be pushed is left to --json.
  if (exposition !== undefined && result.processes === undefined) parts.push('', 'What would be pushed', '', exposition);
  return parts.map(printable).join('\n');
}

function groupTable(groups: readonly BehindGroup[]): string {
  const asked = groups.some(({ reason }) => reason !== null);
  return table(
    ['topic', 'consumer group', 'backlog', 'delay', 'time left', 'lost', ...(asked ? ['why'] : [])],
    groups.map(({ topic, consumerGroup, backlog, delaySeconds, retentionMarginSeconds, lostMessages, reason, because }) => [
      topic,
      consumerGroup,
      number(backlog),
      duration(delaySeconds),
      duration(retentionMarginSeconds),
      known(lostMessages, number),
      ...(asked ? [reason === null ? '(not asked)' : `${reason}: ${because}`] : []),
    ]),
  );
}

const NUMBERS = ['consumed/s', 'a call', 'busy', 'in hand'];

function processTable(processes: readonly BehindProcess[]): string {
  const asked = processes.some((process) => numbersOf(process).some((cell) => cell !== ''));
  return table(
    ['client IP', 'PID', 'backlog', ...(asked ? NUMBERS : [])],
    processes.map((process) => [
      process.consumerClientIP || '(no known client)',
      process.consumerClientPID,
      number(process.backlog),
      ...(asked ? numbersOf(process) : []),
    ]),
  );
}

function everyProcessTable(processes: readonly ProcessOfGroup[]): string {
  return table(
    ['consumer group', 'client IP', 'PID', 'answers', 'type', 'version', 'threads', ...NUMBERS, 'none finished for'],
    processes.map((process) => [
      process.consumerGroup,
      process.consumerClientIP,
      process.consumerClientPID,
      process.responding === null ? 'unknown' : process.responding ? 'yes' : 'NO',
      process.kinds.map(({ type }) => type).join(', '),
      process.kinds.map(({ version }) => version).join(', '),
      known(process.threads, number),
      ...numbersOf(process),
      known(process.idleSeconds, duration),
    ]),
  );
}

function numbersOf({ consumedPerSecond, consumeSeconds, busyRatio, cachedMessages }: ProcessNumbers): string[] {
  return [
    known(consumedPerSecond, (perSecond) => perSecond.toFixed(1)),
    known(consumeSeconds, (seconds) => `${(seconds * 1000).toFixed(0)} ms`),
    known(busyRatio, (ratio) => `${(ratio * 100).toFixed(0)}%`),
    known(cachedMessages, number),
  ];
}

/** What is unknown is left empty. */
function known(value: number | null, say: (value: number) => string): string {
  return value === null ? '' : say(value);
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

/** Names come from a console and may contain control characters: these are escaped, so that the terminal does not execute them. */
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to escape
  return text.replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, (character) => JSON.stringify(character).slice(1, -1));
}

function counts(of: object): string {
  return Object.entries(of)
    .map(([name, count]) => `${number(count as number)} ${name}`)
    .join(', ');
}

const number = (value: number) => value.toLocaleString('en');

/** Seconds in the unit that is easiest to read; null is unknown. */
export function duration(seconds: number | null): string {
  if (seconds === null) return 'unknown';
  const units = [
    ['d', 86_400],
    ['h', 3_600],
    ['min', 60],
  ] as const;
  const unit = units.find(([, size]) => seconds >= size);
  return unit ? `${(seconds / unit[1]).toFixed(1)} ${unit[0]}` : `${seconds.toFixed(1)} s`;
}

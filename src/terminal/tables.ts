import Table from 'cli-table3';
import { span } from '../lag/format.ts';
import type { BehindGroup, BehindProcess, ProcessNumbers, ProcessOfGroup, QueueOfGroup, TickResult } from '../result.ts';
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
  if (result.queues?.length) parts.push('', 'Every queue', queueTable(result.queues));
  if (result.queuesNotShown) parts.push(`${number(result.queuesNotShown)} more queues with less backlog are not shown`);
  if (result.badBrokers?.length) parts.push('', 'Brokers', ...result.badBrokers.map(({ broker, problem }) => `  ${broker}: ${problem}`));
  if (failures.length > 0)
    parts.push('', 'Not read', ...failures.map(({ topic, kind, message }) => `  ${topic && `${topic}: `}${message} (${kind})`));
  // With --group people look for the problem of that group. --json still shows what would be pushed.
  if (exposition !== undefined && result.processes === undefined) parts.push('', 'What would be pushed', '', exposition);
  return parts.map(printable).join('\n');
}

/** Stands in for the table of processes if --group found none. */
const NO_PROCESS = 'No process to show: processes are asked only while their group has backlog, and only those that a broker knows.';

function groupTable(groups: readonly BehindGroup[], withReasons: boolean): string {
  const showReasons = withReasons || groups.some(({ reason }) => reason !== null);
  return table(
    [
      'topic',
      'consumer group',
      'backlog',
      'delay',
      'time left',
      'lost',
      ...(withReasons ? ['queues read', 'failed/s'] : []),
      ...(showReasons ? ['why'] : []),
    ],
    groups.map((group) => [
      group.topic,
      group.consumerGroup,
      number(group.backlog),
      orUnknown(group.delaySeconds, duration),
      orUnknown(group.retentionMarginSeconds, duration),
      // Empty: nobody asked, because no message is close to deletion.
      group.lostMessagesAsked ? orUnknown(group.lostMessages, number) : '',
      ...(withReasons ? [queuesRead(group), orUnknown(group.failedPerSecond, oneDecimal)] : []),
      ...(showReasons ? [group.reason === null ? '(not asked)' : `${group.reason}: ${group.because}`] : []),
    ]),
  );
}

/** Queues that were read, of those that the topic has if that is known. */
function queuesRead({ queues, expectedQueues }: BehindGroup): string {
  return expectedQueues === null ? number(queues) : `${number(queues)} of ${number(expectedQueues)}`;
}

function queueTable(queues: readonly QueueOfGroup[]): string {
  return table(
    ['topic', 'consumer group', 'broker', 'queue', 'client IP', 'PID', 'backlog', 'delay'],
    queues.map(({ topic, consumerGroup, broker, queueId, consumerClientIP, consumerClientPID, clientId, backlog, delaySeconds }) => [
      topic,
      consumerGroup,
      broker,
      String(queueId),
      clientId === null ? '(no known client)' : consumerClientIP,
      consumerClientPID,
      number(backlog),
      orUnknown(delaySeconds, duration),
    ]),
  );
}

const NUMBERS = ['consumed/s', 'a call', 'busy', 'in hand'];

function processTable(processes: readonly BehindProcess[]): string {
  const showNumbers = processes.some(({ consumedPerSecond, consumeSeconds, busyRatio, cachedMessages }) =>
    [consumedPerSecond, consumeSeconds, busyRatio, cachedMessages].some((value) => value !== null),
  );
  return table(
    ['client IP', 'PID', 'backlog', ...(showNumbers ? NUMBERS : [])],
    processes.map((process) => {
      const isNobody = process.consumerClientIP === '';
      return [
        isNobody ? '(no known client)' : process.consumerClientIP,
        process.consumerClientPID,
        number(process.backlog),
        ...(showNumbers ? (isNobody ? NUMBERS.map(() => '') : numbersOf(process)) : []),
      ];
    }),
  );
}

function everyProcessTable(processes: readonly ProcessOfGroup[]): string {
  return table(
    ['consumer group', 'client IP', 'PID', 'answers', 'type', 'version', 'threads', ...NUMBERS, 'failed/s', 'none finished for'],
    processes.map((process) => {
      const { kinds, threads, idleSeconds, failedPerSecond } = process;
      const hasKind = kinds.length > 0;
      const isPullConsumer = hasKind && kinds.every(({ type }) => type === 'pull');
      const [perSecond = '', aCall = '', busy = '', inHand = ''] = numbersOf(process);
      return [
        process.consumerGroup,
        process.consumerClientIP,
        process.consumerClientPID,
        process.responding === null ? UNKNOWN : process.responding ? 'yes' : 'NO',
        hasKind ? kinds.map(({ type }) => type).join(', ') : UNKNOWN,
        hasKind ? kinds.map(({ version }) => version).join(', ') : UNKNOWN,
        // A pull consumer has neither threads nor a listener.
        ...(isPullConsumer ? ['', '', '', ''] : [orUnknown(threads, number), perSecond, aCall, busy]),
        inHand,
        isPullConsumer ? '' : orUnknown(failedPerSecond, oneDecimal),
        orUnknown(idleSeconds, duration),
      ];
    }),
  );
}

function numbersOf({ consumedPerSecond, consumeSeconds, busyRatio, cachedMessages }: ProcessNumbers): string[] {
  return [
    orUnknown(consumedPerSecond, oneDecimal),
    orUnknown(consumeSeconds, duration),
    orUnknown(busyRatio, (ratio) => `${(ratio * 100).toFixed(0)}%`),
    orUnknown(cachedMessages, number),
  ];
}

const UNKNOWN = 'unknown';

/** Null is unknown. A cell that cannot have a value stays empty instead. */
function orUnknown(value: number | null, format: (value: number) => string): string {
  return value === null ? UNKNOWN : format(value);
}

const RIGHT = ['queue', 'queues read', 'failed/s', 'backlog', 'delay', 'time left', 'lost', 'threads', 'none finished for', ...NUMBERS];
/** Sentences are wrapped, so that a row fits into a terminal. */
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

function counts(byName: object): string {
  return Object.entries(byName)
    .map(([name, count]) => `${number(count as number)} ${name}`)
    .join(', ');
}

const oneDecimal = (value: number) => value.toFixed(1);

const number = (value: number) => value.toLocaleString('en');

/** Formatted as in the sentences of `because`. */
const duration = (seconds: number) => (seconds === 0 ? '0 s' : span(seconds));

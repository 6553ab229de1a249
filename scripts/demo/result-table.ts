import Table from 'cli-table3';
import type { TickResult } from '../../src/result.ts';

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
    parts.push(
      table(
        ['topic', 'consumer group', 'backlog', 'delay', 'time left', 'lost'],
        result.top.groups.map(({ topic, consumerGroup, backlog, delaySeconds, retentionMarginSeconds, lostMessages }) => [
          topic,
          consumerGroup,
          number(backlog),
          duration(delaySeconds),
          duration(retentionMarginSeconds),
          lostMessages === null ? '' : number(lostMessages),
        ]),
      ),
    );
    parts.push('', 'Furthest behind, by process');
    parts.push(
      table(
        ['client IP', 'PID', 'backlog'],
        result.top.processes.map(({ consumerClientIP, consumerClientPID, backlog }) => [
          consumerClientIP || '(no known client)',
          consumerClientPID,
          number(backlog),
        ]),
      ),
    );
  }
  if (failures.length > 0) parts.push('', 'Not read', ...failures.map(({ topic, kind, message }) => `  ${topic}: ${message} (${kind})`));
  if (exposition !== undefined) parts.push('', 'What would be pushed', '', exposition);
  return parts.map(printable).join('\n');
}

function table(head: string[], rows: string[][]): string {
  const built = new Table({
    head,
    style: { head: [], border: [], compact: true },
    colAligns: head.map((title) => (['backlog', 'delay', 'time left', 'lost'].includes(title) ? 'right' : 'left')),
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

import { Console } from 'node:console';
import { Logger } from '@aws-lambda-powertools/logger';
import { CUT, cutAt } from './text.ts';

type Write = (message: string, fields?: Record<string, unknown>) => void;

/** Writes log lines: a message, and fields for machines. */
export interface Log {
  readonly debug: Write;
  readonly info: Write;
  readonly warn: Write;
  readonly error: Write;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export interface LeveledLog extends Log {
  readonly setLevel: (level: LogLevel) => void;
  /** Adds the request id to every line from now on, under the key that Lambda's own lines use. Undefined outside Lambda. */
  readonly setRequestId: (requestId: string | undefined) => void;
}

/** Writes JSON lines, errors included, to one stream: stdout in a Lambda, stderr where stdout carries the result. */
export function openLog(stream: NodeJS.WritableStream): LeveledLog {
  const logger = new StreamLogger(stream);
  // If Lambda has a log level of its own, the library ignores ours. So lines are filtered here as well.
  let lowest: LogLevel = 'info';
  const write =
    (level: LogLevel): Write =>
    (message, fields = {}) => {
      if (ORDER.indexOf(level) >= ORDER.indexOf(lowest)) logger[level](cutAt(MAX_TEXT, message), cutDeep(fields));
    };
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    setLevel: (level) => {
      lowest = level;
      logger.setLogLevel(LEVELS[level]);
    },
    setRequestId: (requestId) => {
      logger.resetKeys();
      if (requestId !== undefined) logger.appendKeys({ requestId });
    },
  };
}

/** CloudWatch takes 256 kB a line. A text is cut before that, and a list too: names that a server invents may be of any length. */
const MAX_TEXT = 1_000;
const MAX_ITEMS = 20;

function cutDeep<T>(value: T): T {
  if (typeof value === 'string') return cutAt(MAX_TEXT, value) as T;
  if (Array.isArray(value)) {
    const shown = value.slice(0, MAX_ITEMS).map(cutDeep);
    return (value.length > MAX_ITEMS ? [...shown, `${CUT} and ${value.length - MAX_ITEMS} more`] : shown) as T;
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, cutDeep(item)])) as T;
}

const ORDER: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];
const LEVELS = { debug: 'DEBUG', info: 'INFO', warn: 'WARN', error: 'ERROR' } as const;

class StreamLogger extends Logger {
  constructor(stream: NodeJS.WritableStream) {
    super({ serviceName: 'rocketmq-lag-pusher', logLevel: 'INFO' });
    // The library writes warnings and errors to stderr, and has no option for it. Operators read one stream.
    Object.assign(this, { console: new Console({ stdout: stream, stderr: stream }) });
  }
}

import { Console } from 'node:console';
import { Logger } from '@aws-lambda-powertools/logger';

type Write = (message: string, fields?: Record<string, unknown>) => void;

/** Structured logging, as a tick uses it. */
export interface Log {
  readonly debug: Write;
  readonly info: Write;
  readonly warn: Write;
  readonly error: Write;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export interface LeveledLog extends Log {
  readonly setLevel: (level: LogLevel) => void;
  /** Which invocation the lines from now on are about, under the key that Lambda's own lines have; none outside Lambda. */
  readonly setRequestId: (requestId: string | undefined) => void;
}

/** JSON lines, errors included, on one stream: stdout in a Lambda, stderr where stdout is the answer's. */
export function openLog(stream: NodeJS.WritableStream): LeveledLog {
  const logger = new StreamLogger(stream);
  // Where Lambda filters lines by a level of its own, the library obeys that one and no other.
  let least: LogLevel = 'info';
  const write =
    (level: LogLevel): Write =>
    (message, fields = {}) => {
      if (ORDER.indexOf(level) >= ORDER.indexOf(least)) logger[level](message, fields);
    };
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    setLevel: (level) => {
      least = level;
      logger.setLogLevel(LEVELS[level]);
    },
    setRequestId: (requestId) => {
      logger.resetKeys();
      if (requestId !== undefined) logger.appendKeys({ requestId });
    },
  };
}

const ORDER: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];
const LEVELS = { debug: 'DEBUG', info: 'INFO', warn: 'WARN', error: 'ERROR' } as const;

class StreamLogger extends Logger {
  constructor(stream: NodeJS.WritableStream) {
    super({ serviceName: 'rocketmq-lag-pusher', logLevel: 'INFO' });
    // The library has no door for this, and writes warnings and errors to stderr; operators read one stream.
    Object.assign(this, { console: new Console({ stdout: stream, stderr: stream }) });
  }
}

import { Writable } from 'node:stream';

/** A stream that keeps what is written to it. */
export interface Collected {
  stream: Writable;
  text(): string;
  /** Each line, parsed as JSON. */
  lines(): Record<string, unknown>[];
}

export function collect(): Collected {
  const chunks: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(String(chunk));
      done();
    },
  });
  const text = () => chunks.join('');
  const lines = () =>
    text()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  return { stream, text, lines };
}

import { Writable } from 'node:stream';

/**
 * Everything that is printed goes through this. Names and messages come from servers, and may contain characters that move
 * the cursor or change the direction of text: they are escaped as JSON has them, so that JSON stays valid. Line ends stay.
 */
export function printable(text: string): string {
  return text.replace(
    UNPRINTABLE,
    (character) => SHORT_ESCAPES[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to escape
const UNPRINTABLE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
const SHORT_ESCAPES: Readonly<Record<string, string>> = { '\b': '\\b', '\t': '\\t', '\f': '\\f', '\r': '\\r' };

/** A stream that prints lines of text on another one, escaped. */
export function printableStream(stream: NodeJS.WritableStream): Writable {
  return new Writable({
    decodeStrings: false,
    write(chunk, _encoding, done) {
      stream.write(printable(String(chunk)));
      done();
    },
  });
}

/** Shows on a terminal how many topics have been read, in one line that is rewritten; prints nothing elsewhere. */
export function showProgress(stream: NodeJS.WriteStream): { update(read: number, total: number): void; end(): void } {
  if (!stream.isTTY) return { update: () => {}, end: () => {} };
  const clear = () => {
    stream.clearLine(0);
    stream.cursorTo(0);
  };
  return {
    update(read, total) {
      clear();
      stream.write(`reading: ${read} of ${total}`);
    },
    end: clear,
  };
}

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

/** Marks where a text was cut. The text before the mark may end with the beginning of a secret. */
export const CUT = '…';

/** The text, or its beginning where it is longer than so many characters. */
export function cutAt(length: number, text: string): string {
  return text.length > length ? `${text.slice(0, length)}${CUT}` : text;
}

/** The beginning of a peer's text as one line, short enough for a log line. */
export function excerpt(text: string | undefined, length = 200): string {
  // A body may have many megabytes: only its beginning is processed.
  const line = (text ?? 'nothing')
    .slice(0, 10 * length)
    .replace(/\s+/g, ' ')
    .trim();
  return cutAt(length, line);
}

/** A time in words for a person: "250 ms", "7 s", "3 min". */
export function span(seconds: number): string {
  const milliseconds = Math.round(seconds * 1000);
  if (milliseconds < 1) return 'less than 1 ms';
  if (milliseconds < 1000) return `${milliseconds} ms`;
  if (seconds < 10) return `${Number(seconds.toPrecision(2))} s`;
  if (seconds < 2 * 60) return `${Math.floor(seconds)} s`;
  if (seconds < 2 * 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 2 * 86_400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

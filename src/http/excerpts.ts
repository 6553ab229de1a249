import { CUT } from '../base/redact.ts';

/** The beginning of a peer's text as one line, short enough for a log line. */
export function excerpt(words: string | undefined, length = 200): string {
  // A body may have many megabytes: only its beginning is processed.
  const line = (words ?? 'nothing')
    .slice(0, 10 * length)
    .replace(/\s+/g, ' ')
    .trim();
  return line.length > length ? `${line.slice(0, length)}${CUT}` : line;
}

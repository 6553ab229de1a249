import { CUT } from '../base/redact.ts';

/** One line of a stranger's text, short enough for a log. */
export function excerpt(words: string | undefined, length = 200): string {
  // Of a body of many megabytes the beginning is enough to look at.
  const line = (words ?? 'nothing')
    .slice(0, 10 * length)
    .replace(/\s+/g, ' ')
    .trim();
  return line.length > length ? `${line.slice(0, length)}${CUT}` : line;
}

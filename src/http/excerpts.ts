/** Where a text was cut. What hides secrets knows it: a cut may leave half of one. */
export const CUT = '…';

/** One line of a stranger's text, short enough for a log. */
export function excerpt(words: string | undefined, length = 200): string {
  // Of a body of many megabytes the beginning is enough to look at.
  const line = (words ?? 'nothing')
    .slice(0, 10 * length)
    .replace(/\s+/g, ' ')
    .trim();
  return line.length > length ? `${line.slice(0, length)}${CUT}` : line;
}

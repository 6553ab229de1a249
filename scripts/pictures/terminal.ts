/** A terminal window with these lines, as SVG text. */

const FONT_SIZE = 13;
/** Of a character, whatever font the reader has: every line is stretched to it. */
const CHARACTER = 7.8;
const LINE = 17;
const PADDING = 18;
const BAR = 30;

export function terminal(command: string, lines: readonly string[]): string {
  const all = [command, '', ...lines];
  const width = Math.ceil(Math.max(...all.map((line) => [...line].length)) * CHARACTER + 2 * PADDING);
  const height = BAR + all.length * LINE + 2 * PADDING;
  const texts = all.flatMap((line, index) => text(line, index, line === command ? 'command' : undefined));
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">
<title>What ${escaped(command.replace('$ ', ''))} prints, shortened</title>
<style>text { font: ${FONT_SIZE}px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #d6d9de; } .command { fill: #7ee787; }</style>
<rect width="${width}" height="${height}" rx="8" fill="#16181d"/>
<circle cx="20" cy="17" r="5.5" fill="#ff5f56"/><circle cx="39" cy="17" r="5.5" fill="#ffbd2e"/><circle cx="58" cy="17" r="5.5" fill="#27c93f"/>
${texts.join('\n')}
</svg>
`;
}

/** The lines that a terminal shows, the command first. */
export function linesOf(svg: string): string[] {
  return [...svg.matchAll(/<text [^>]*>([^<]*)<\/text>/g)].map(([, line = '']) =>
    line.replace(/&#(\d+);/g, (_all, code: string) => String.fromCharCode(Number(code))),
  );
}

function text(line: string, index: number, style: string | undefined): string[] {
  if (line === '') return [];
  const y = BAR + PADDING + index * LINE + FONT_SIZE - 2;
  const length = ([...line].length * CHARACTER).toFixed(1);
  const named = style === undefined ? '' : ` class="${style}"`;
  return [`<text${named} x="${PADDING}" y="${y}" textLength="${length}" xml:space="preserve">${escaped(line)}</text>`];
}

function escaped(line: string): string {
  return line.replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`);
}

import { VERSION } from '../../src/metrics/health-metrics.ts';

/** A terminal window with these lines, as SVG text; its title bar names the version. */

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
<title>What ${escaped(command.replace('$ ', ''))} prints in version ${VERSION}, shortened</title>
<style>text { font: ${FONT_SIZE}px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #d6d9de; } .command { fill: #7ee787; } .version { fill: #8b929c; }</style>
<rect width="${width}" height="${height}" rx="8" fill="#16181d"/>
<circle cx="20" cy="17" r="5.5" fill="#ff5f56"/><circle cx="39" cy="17" r="5.5" fill="#ffbd2e"/><circle cx="58" cy="17" r="5.5" fill="#27c93f"/>
<text class="version" x="${width - PADDING}" y="22" text-anchor="end">rocketmq-lag-pusher ${VERSION}</text>
${texts.join('\n')}
</svg>
`;
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

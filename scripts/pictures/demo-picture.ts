import { fileURLToPath } from 'node:url';
import { runCommand } from '../servers/processes.ts';
import { terminal } from './terminal.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const COMMAND = 'npm run demo';
/** What is left out of the picture. */
const LEFT_OUT = '…';

/** Parts of the output, from a line that the first pattern matches to just before the next that the second one does. */
const SHOWN = [
  { from: /^1\. /, to: /^Furthest behind, by process/ },
  { from: /^3\. /, to: /^Every process/ },
  { from: /^The product says/, to: /^$/ },
] as const;

/** A terminal that shows a real run of the demo, shortened, as SVG. */
export async function demoPicture(): Promise<string> {
  const { code, stdout, stderr } = await runCommand('npm', ['run', '--silent', 'demo'], { cwd: ROOT });
  if (code !== 0) throw new Error(`the demo failed: ${stderr.trim().split('\n').at(-1)}`);
  return terminal(`$ ${COMMAND}`, shortened(stdout));
}

/** What the picture shows of an output of the demo. */
function shortened(output: string): string[] {
  const lines = output.split('\n');
  return SHOWN.flatMap(({ from, to }, index) => {
    const start = lines.findIndex((line) => from.test(line));
    const length = lines.slice(start + 1).findIndex((line) => to.test(line)) + 1;
    if (start === -1 || length === 0) throw new Error(`the demo printed nothing from ${from} to ${to}`);
    const part = lines
      .slice(start, start + length)
      .join('\n')
      .trimEnd()
      .split('\n');
    return [...(index === 0 ? [] : ['', LEFT_OUT, '']), ...part];
  });
}

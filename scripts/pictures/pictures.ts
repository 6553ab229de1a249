import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { toFailure } from '../../src/base/errors.ts';
import { VERSION } from '../../src/metrics/health-metrics.ts';
import { type Board, board } from '../../test/support/board.ts';
import { leaveHost, makeFolder } from '../servers/processes.ts';
import { photograph } from './chromium.ts';
import { demoPicture } from './demo-picture.ts';
import { boardPage, PAGE_WIDTH } from './page.ts';
import { withPalette } from './palette.ts';
import { askPanels, type DrawnBoard } from './panels.ts';
import { startPast } from './past.ts';

const IMAGES = fileURLToPath(new URL('../../docs/images/', import.meta.url));
const SCALE = 1.5;

const CAPTION = `Version ${VERSION}, not a Grafana screenshot: a rendering of the queries of monitoring/grafana/rocketmq-lag.json, asked of a real Prometheus. Its data: ticks a minute apart over a recorded cluster (RocketMQ 5.5.1), moved on minute by minute so that groups fall behind, and the alerts that the shipped rules fire.`;

/** The picture of the board that a page has room for, and that of the whole board. */
const PICTURES = [
  { file: 'board.png', open: ['Is the collector well?', 'Who is behind now?', 'Why?', 'Since when?'] },
  { file: 'board-all.png', open: undefined },
] as const;

const USAGE = `Makes the pictures of the documentation again: the board (docs/images/board.png, docs/images/board-all.png) and
the demo (docs/images/demo.svg). Needs Chromium, and fetches Debian's if none is on the PATH.

  npm run board -- [options]

  --help   print this`;

const { values: flags } = parseArgs({ options: { help: { type: 'boolean' } } });
leaveHost();
process.exitCode = await (flags.help ? help() : pictures()).catch((error: unknown) => {
  console.error(toFailure(error).message);
  return 1;
});

async function help(): Promise<number> {
  console.log(USAGE);
  return 0;
}

async function pictures(): Promise<number> {
  mkdirSync(IMAGES, { recursive: true });
  const whole = board();
  const drawn = await ask(whole);
  for (const { file, open } of PICTURES) {
    await draw(whole, drawn, file, open);
    console.log(`docs/images/${file}`);
  }
  writeFileSync(join(IMAGES, 'demo.svg'), await demoPicture());
  console.log('docs/images/demo.svg');
  return 0;
}

async function ask(whole: Board): Promise<DrawnBoard> {
  const past = await startPast('demo');
  try {
    return await askPanels(whole, past);
  } finally {
    await past.prometheus.stop();
  }
}

async function draw(whole: Board, drawn: DrawnBoard, name: string, open: readonly string[] | undefined): Promise<void> {
  const { html, height } = await boardPage({ board: whole, drawn, caption: CAPTION, ...(open && { open }) });
  const folder = makeFolder();
  try {
    const file = join(folder.path, name);
    await photograph({ html, width: PAGE_WIDTH, height, scale: SCALE, file });
    writeFileSync(join(IMAGES, name), withPalette(readFileSync(file)));
  } finally {
    folder.remove();
  }
}

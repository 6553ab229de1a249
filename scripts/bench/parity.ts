import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { MODULES, measure } from './processes.ts';
import type { Setting } from './setting.ts';

/** Of these the value is measured against the clock of whoever pushes. */
export const BY_THE_CLOCK = /_delay_seconds\{/;

/** That tick and floor push the same series with the same values; gives how many, and how long the text is. Throws where they differ. */
export async function holdParity(env: Record<string, string>, { node }: Setting) {
  const sink = await startSink();
  try {
    const pushedBy = async (module: string) => {
      await measure({ module, env: { ...env, PUSHGATEWAY_URL: sink.url }, node });
      return sink.take()[0] ?? '';
    };
    const [tick, floor] = [await pushedBy(MODULES.tick), await pushedBy(MODULES.floor)];
    const [ours, theirs] = [seriesIn(tick), seriesIn(floor)];
    for (const [name, value] of ours) {
      const other = theirs.get(name);
      if (other === undefined || (other !== value && !BY_THE_CLOCK.test(name)))
        throw new Error(`the tick pushes ${name} ${value}, and the floor ${other ?? 'no such series'}`);
    }
    if (theirs.size !== ours.size) throw new Error(`the floor pushes ${theirs.size} series, and the tick ${ours.size}`);
    return { series: ours.size, megabytes: { tick: tick.length / 1e6, floor: floor.length / 1e6 } };
  } finally {
    sink.close();
  }
}

/** Values by series, names and labels as they were pushed. */
export function seriesIn(text: string): Map<string, string> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), line.slice(line.lastIndexOf(' ') + 1)]));
}

/** Takes pushes as a Pushgateway would; `take` gives the texts that were put since it was last called. */
export async function startSink() {
  let texts: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (request.method === 'PUT') texts.push(gunzipSync(Buffer.concat(chunks)).toString());
      response.end();
    });
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    take: () => {
      const taken = texts;
      texts = [];
      return taken;
    },
    close: () => server.close(),
  };
}

import { deflateSync, inflateSync } from 'node:zlib';
import { chunk, chunksOf, SIGNATURE, sizeOf } from './png.ts';

/** A picture of 256 colours is half as large as one of all, and text on a plain ground does not need more. */

const COLORS = 256;
/** So many of the most frequent colours stay exactly as they are: grounds differ by little. */
const EXACT = 64;
/** Bytes of a pixel as Chromium writes it. */
const PIXEL = 3;
const TRUE_COLOR = 2;

/** The same picture with a palette: the most frequent colours, and those of each small part of the colour cube; the rest get the nearest. */
export function withPalette(png: Buffer): Buffer {
  const { width, height } = sizeOf(png);
  const chunks = [...chunksOf(png)];
  const header = Buffer.from(chunks[0]?.data ?? []);
  if (header[8] !== 8 || header[9] !== TRUE_COLOR) throw new Error('only PNGs of 8 bits and without transparency get a palette');
  const packed = Buffer.concat(chunks.filter(({ type }) => type === 'IDAT').map(({ data }) => data));
  const pixels = unfiltered(inflateSync(packed), width * PIXEL, height);
  const palette = paletteOf(pixels);
  const nearest = new Map<number, number>();
  // Each line begins with the number of its filter: none.
  const indexed = Buffer.alloc((width + 1) * height);
  for (let at = 0; at < width * height; at += 1) {
    const color = pixels.readUIntBE(at * PIXEL, PIXEL);
    let index = nearest.get(color);
    if (index === undefined) {
      index = nearestIn(palette, color);
      nearest.set(color, index);
    }
    indexed[Math.floor(at / width) * (width + 1) + 1 + (at % width)] = index;
  }
  header[9] = 3;
  const colors = Buffer.concat(palette.map((color) => Buffer.from(channels(color))));
  const data = deflateSync(indexed, { level: 9 });
  return Buffer.concat([SIGNATURE, chunk('IHDR', header), chunk('PLTE', colors), chunk('IDAT', data), chunk('IEND', Buffer.alloc(0))]);
}

function paletteOf(pixels: Buffer): number[] {
  const counts = new Map<number, number>();
  for (let at = 0; at < pixels.length; at += PIXEL) {
    const color = pixels.readUIntBE(at, PIXEL);
    counts.set(color, (counts.get(color) ?? 0) + 1);
  }
  const byCount = [...counts].sort(([, a], [, b]) => b - a).map(([color]) => color);
  const parts = new Map<number, number>();
  for (const color of byCount) if (!parts.has(color & 0xf0f0f0)) parts.set(color & 0xf0f0f0, color);
  return [...new Set([...byCount.slice(0, EXACT), ...parts.values()])].slice(0, COLORS);
}

function nearestIn(palette: readonly number[], color: number): number {
  const [red, green, blue] = channels(color);
  const distances = palette.map((other) => {
    const [r, g, b] = channels(other);
    return (r - red) ** 2 + (g - green) ** 2 + (b - blue) ** 2;
  });
  return distances.indexOf(Math.min(...distances));
}

const channels = (color: number) => [color >> 16, (color >> 8) & 0xff, color & 0xff] as const;

/** The bytes of the pixels, of which a PNG stores differences to those on the left and above. */
function unfiltered(raw: Buffer, stride: number, height: number): Buffer {
  const pixels = Buffer.alloc(stride * height);
  for (let y = 0; y < height; y += 1) {
    const filter = raw[y * (stride + 1)] ?? 0;
    for (let x = 0; x < stride; x += 1) {
      const at = y * stride + x;
      const left = x >= PIXEL ? (pixels[at - PIXEL] ?? 0) : 0;
      const above = y > 0 ? (pixels[at - stride] ?? 0) : 0;
      const corner = x >= PIXEL && y > 0 ? (pixels[at - stride - PIXEL] ?? 0) : 0;
      const guesses = [0, left, above, (left + above) >> 1, paeth(left, above, corner)];
      pixels[at] = (raw[y * (stride + 1) + 1 + x] ?? 0) + (guesses[filter] ?? 0);
    }
  }
  return pixels;
}

function paeth(left: number, above: number, corner: number): number {
  const sum = left + above - corner;
  const [toLeft, toAbove, toCorner] = [Math.abs(sum - left), Math.abs(sum - above), Math.abs(sum - corner)];
  if (toLeft <= toAbove && toLeft <= toCorner) return left;
  return toAbove <= toCorner ? above : corner;
}

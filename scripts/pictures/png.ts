import { crc32 } from 'node:zlib';

/** The chunks of PNG files; text in one is a chunk of its own, with a keyword, before the end. */

/** Under this, a picture of the board has the SHA-256 of the board's JSON. */
export const BOARD_KEYWORD = 'board-sha256';

export const SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
/** Length and type stand before the data of a chunk, its checksum after it. */
const HEAD_BYTES = 8;
const CHECKSUM_BYTES = 4;

interface Chunk {
  readonly type: string;
  readonly data: Buffer;
  /** Where it begins in the file. */
  readonly at: number;
}

export function withText(png: Buffer, keyword: string, text: string): Buffer {
  const end = [...chunksOf(png)].find(({ type }) => type === 'IEND');
  if (end === undefined) throw new Error('this PNG has no end');
  const added = chunk('tEXt', Buffer.from(`${keyword}\0${text}`, 'latin1'));
  return Buffer.concat([png.subarray(0, end.at), added, png.subarray(end.at)]);
}

export function textOf(png: Buffer, keyword: string): string | undefined {
  const texts = [...chunksOf(png)].filter(({ type }) => type === 'tEXt').map(({ data }) => data.toString('latin1'));
  return texts.find((text) => text.startsWith(`${keyword}\0`))?.slice(keyword.length + 1);
}

/** Width and height in pixels. */
export function sizeOf(png: Buffer): { width: number; height: number } {
  const [header] = chunksOf(png);
  if (header?.type !== 'IHDR') throw new Error('this is not a PNG');
  return { width: header.data.readUInt32BE(0), height: header.data.readUInt32BE(4) };
}

export function* chunksOf(png: Buffer): Generator<Chunk> {
  for (let at = SIGNATURE.length; at + HEAD_BYTES <= png.length; ) {
    const length = png.readUInt32BE(at);
    yield { type: png.toString('latin1', at + 4, at + HEAD_BYTES), data: png.subarray(at + HEAD_BYTES, at + HEAD_BYTES + length), at };
    at += HEAD_BYTES + length + CHECKSUM_BYTES;
  }
}

export function chunk(type: string, data: Buffer): Buffer {
  const typed = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const checksum = Buffer.alloc(CHECKSUM_BYTES);
  checksum.writeUInt32BE(crc32(typed));
  return Buffer.concat([length, typed, checksum]);
}

import { crc32 } from 'node:zlib';

/** The chunks of PNG files. */

export const SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
/** Length and type stand before the data of a chunk, its checksum after it. */
const HEAD_BYTES = 8;
const CHECKSUM_BYTES = 4;

interface Chunk {
  readonly type: string;
  readonly data: Buffer;
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
    yield { type: png.toString('latin1', at + 4, at + HEAD_BYTES), data: png.subarray(at + HEAD_BYTES, at + HEAD_BYTES + length) };
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

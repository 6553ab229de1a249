import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Folder {
  readonly path: string;
  remove(): void;
}

/** A new, empty folder for one program. */
export function makeFolder(): Folder {
  const path = mkdtempSync(join(tmpdir(), 'rocketmq-lag-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 3 }) };
}

import { type RecordedExchange, readRecording } from '../../src/reading/rocketmq-console/replay.ts';

const RECORDINGS = new URL('../../test/fixtures/consoles/', import.meta.url);

/** One of the recorded clusters by its name, such as `2.1.0.healthy`. */
export function loadRecording(name: string): RecordedExchange[] {
  return readRecording(new URL(`${name}.json`, RECORDINGS));
}

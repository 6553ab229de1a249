import { loadRecording } from '../../scripts/servers/recordings.ts';
import { decodeEnvelope } from '../../src/reading/rocketmq-console/answers.ts';

/** The body of a recorded answer, as text. */
export function recordedAnswer(recording: string, path: string): string {
  const found = loadRecording(recording).find(({ request }) => request.path === path);
  if (found === undefined) throw new Error(`${recording} has no answer to ${path}`);
  return JSON.stringify(found.body);
}

/** The data of a recorded answer. */
export function recordedData(recording: string, path: string): unknown {
  return decodeEnvelope(recordedAnswer(recording, path));
}

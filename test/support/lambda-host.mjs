// What Lambda's runtime does, in a process of its own: loads the bundle once, and hands it one event after the other.
import { handler } from '../../dist/handler.js';

const TIMEOUT_MS = 55_000;

process.on('message', async ({ event }) => {
  const until = performance.now() + TIMEOUT_MS;
  try {
    process.send({ result: await handler(event, { getRemainingTimeInMillis: () => until - performance.now() }) });
  } catch (error) {
    process.send({ error: error.message });
  }
});
process.send({ node: process.version });

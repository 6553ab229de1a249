import { parseArgs } from 'node:util';
import { startSyntheticConsole } from './synthetic-console.ts';

// The synthetic console as a process of its own, so that its CPU is not the tick's. It says its URL first, then what it
// served each time it is asked, and ends with its parent.
const { values } = parseArgs({
  options: {
    topics: { type: 'string', default: '2000' },
    groups: { type: 'string', default: '4' },
    queues: { type: 'string', default: '8' },
    latency: { type: 'string', default: '20' },
    shuffled: { type: 'boolean', default: false },
    behind: { type: 'string' },
  },
});
const console_ = await startSyntheticConsole(
  {
    topics: Number(values.topics),
    groups: Number(values.groups),
    queues: Number(values.queues),
    shuffled: values.shuffled,
    ...(values.behind && { behind: JSON.parse(values.behind) }),
  },
  { latencyMs: Number(values.latency) },
);
process.on('message', () => process.send?.(console_.take()));
process.on('disconnect', () => process.exit());
process.send?.(console_.url);

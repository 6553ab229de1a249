import { describe, expect, test } from 'vitest';
import { type Responder, send } from '../support/replay-console.ts';
import { envFor, pushgateway, replayConsole, run } from '../support/run.ts';

/** A console that lacks the first way: it refuses to say who is on a topic. */
const withoutTheWay: Responder = (request, response) => {
  if (!request.url?.startsWith('/topic/queryTopicConsumerInfo.query')) return false;
  send(response, 200, {}, { status: -1, data: null, errMsg: 'not here' });
  return true;
};

/** What a tick of this recording pushes. The one group that consumed between the two readings is left out, and times. */
async function seriesOf(recording: string, first?: Responder) {
  const [source, gateway] = await Promise.all([replayConsole(recording, first), pushgateway()]);
  const { result, error } = await run({}, envFor(source.url, gateway.url, { IGNORED_GROUPS: 'grpcslow' }));
  expect(error).toBeUndefined();
  const { data, health } = await gateway.groups();
  const isOfThisTickOnly = (line: string) => /_tick_(console_requests|duration|last_success)/.test(line);
  return {
    result,
    asked: source.requests,
    data: data.filter((line) => !line.includes('_delay_seconds')),
    health: health.filter((line) => !isOfThisTickOnly(line)),
  };
}

describe.each(['1.0.0.by-group-5.5.1', '2.1.0.by-group-5.5.1'])('%s, one cluster at rest', (recording) => {
  test('both ways push the same series, and say the same of themselves', async () => {
    const [byGroup, byTopic] = [await seriesOf(recording), await seriesOf(recording, withoutTheWay)];
    expect(byGroup.data.length).toBeGreaterThan(800);
    expect(byGroup.data).toEqual(byTopic.data);
    expect(byGroup.health).toEqual(byTopic.health);
    expect(byGroup.asked.filter((request) => request.includes('queryConsumerByTopic')).length).toBeLessThan(20);
  });
});

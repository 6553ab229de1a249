import { addressOf, BROKERS, clientId, groupName, processesPerGroup, type Shape, topicName } from './shape.ts';

/** What a console says of processes, by path; a hung one is given up on after so many milliseconds. */
export interface WhyBody {
  readonly body: string;
  readonly moreMs: number;
}

/** How long a console 2.1.0 waits for a process that hangs. */
const HUNG_MS = 5_000;
const HUNG = {
  status: -1,
  data: null,
  errMsg:
    'org.apache.rocketmq.remoting.exception.RemotingTimeoutException: wait response on the channel </10.20.30.40:10909> timeout, 5000(ms)',
};

const good = (data: unknown): WhyBody => ({ body: JSON.stringify({ status: 0, data, errMsg: null }), moreMs: 0 });

/** Answers to every question about the processes of the groups that are behind; none where the shape does not say which. */
export function whyBodies(shape: Shape): Map<string, WhyBody> {
  const { behind } = shape;
  const bodies = new Map<string, WhyBody>();
  if (behind === undefined) return bodies;
  for (let group = 0; group < behind.groups; group += 1) {
    const clients = Array.from({ length: processesPerGroup(shape) }, (_, nth) => clientId(shape, group, nth));
    const connectionSet = clients.map((id, index) => ({
      clientId: id,
      clientAddr: `10.0.0.1:${index}`,
      language: 'JAVA',
      versionDesc: 'V5_5_1',
    }));
    for (const broker of BROKERS)
      bodies.set(
        `/consumer/consumerConnection.query?consumerGroup=${groupName(group)}&address=${encodeURIComponent(addressOf(broker))}`,
        good({ connectionSet }),
      );
    for (const [nth, id] of clients.entries()) {
      const path = `/consumer/consumerRunningInfo.query?consumerGroup=${groupName(group)}&clientId=${encodeURIComponent(id)}&jstack=false`;
      // Spread over the groups: of whatever part of them is asked, some hang.
      const hangs = nth === 0 && group % Math.floor(behind.groups / behind.hung) === 0;
      bodies.set(path, hangs ? { body: JSON.stringify(HUNG), moreMs: HUNG_MS } : good(state(group, nth)));
    }
  }
  return bodies;
}

/** About as long as what a real client says, whose sixty properties are most of it. */
function state(group: number, nth: number) {
  const topic = topicName(group);
  const held = {
    commitOffset: 9,
    cachedMsgCount: 3,
    transactionMsgCount: 0,
    droped: false,
    lastPullTimestamp: 9_000,
    lastConsumeTimestamp: 8_900,
  };
  const named = {
    PROP_CONSUMEORDERLY: 'false',
    PROP_CONSUME_TYPE: 'CONSUME_PASSIVELY',
    PROP_THREADPOOL_CORE_SIZE: '20',
    PROP_CLIENT_VERSION: 'V5_5_1',
  };
  const other = Object.fromEntries(
    Array.from({ length: 60 }, (_, index) => [`aPropertyThatNobodyReads${index}`, 'org.apache.rocketmq.client']),
  );
  return {
    properties: { ...named, ...other },
    subscriptionSet: [{ topic, subString: '*', expressionType: 'TAG' }],
    mqTable: { [`MessageQueue [topic=${topic}, brokerName=${BROKERS[nth % 2]}, queueId=${nth >> 1}]`]: held },
    statusTable: { [topic]: { pullRT: 1, pullTPS: 10, consumeRT: 5, consumeOKTPS: 10, consumeFailedTPS: 0, consumeFailedMsgs: 0 } },
  };
}

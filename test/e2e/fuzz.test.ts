import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseClientId } from '../../src/lag/rocketmq-names.ts';
import { decodeEnvelope, RefusedError, WireError } from '../../src/reading/rocketmq-console/answers.ts';
import {
  decodeClientState,
  decodeConnections,
  decodeGroup,
  decodeMessageModel,
} from '../../src/reading/rocketmq-console/client-endpoints.ts';
import { decodeBrokers, decodeCurrentNameServer, decodeProxies } from '../../src/reading/rocketmq-console/cluster-endpoints.ts';
import {
  decodeMinOffsets,
  decodeStored,
  decodeSubscriptions,
  decodeTopicConsumers,
  decodeTopicList,
  decodeTopicsOfGroup,
} from '../../src/reading/rocketmq-console/topic-endpoints.ts';

const DECODERS = {
  decodeTopicList,
  decodeTopicConsumers,
  decodeSubscriptions,
  decodeTopicsOfGroup: (data: unknown) => decodeTopicsOfGroup('g', data),
  decodeGroup,
  decodeMessageModel,
  decodeProxies,
  decodeCurrentNameServer,
  decodeStored,
  decodeMinOffsets: (data: unknown) => decodeMinOffsets('t', data),
  decodeBrokers,
  decodeConnections,
  decodeClientState,
};
const FIELDS = [
  ...['topicList', 'queueStatInfoList', 'brokerName', 'queueId', 'brokerOffset', 'consumerOffset', 'clientInfo', 'lastTimestamp', 'topic'],
  ...['count', 'messageModel', 'diffTotal', 'offsetTable', 'minOffset', 'maxOffset', 'clusterInfo', 'brokerAddrTable', 'brokerAddrs', '0'],
  ...['brokerServer', 'earliestMessageTimeStamp', 'scheduleMessageOffset_3', 'commitLogDiskRatio', 'groupList', 'proxyAddrList'],
  ...['currentNamesrv', 'connectionSet', 'clientId', 'clientAddr', 'properties', 'subscriptionSet', 'mqTable', 'statusTable'],
  ...['cachedMsgCount', 'consumeRT'],
  ...['status', 'data', 'errMsg', '__proto__', 'constructor', 'toString', 'length', 'toJSON'],
];

/** Any JSON, much of it with the names that the decoders look for: so that it gets past the first check. */
const { json } = fc.letrec((tie) => ({
  json: fc.oneof({ maxDepth: 6, depthSize: 'medium' }, fc.jsonValue({ maxDepth: 1 }), fc.maxSafeInteger(), tie('list'), tie('object')),
  list: fc.array(tie('json'), { maxLength: 4 }),
  object: fc
    .array(
      fc.tuple(fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...FIELDS) }, fc.string({ unit: 'binary', maxLength: 4 })), tie('json')),
      {
        maxLength: 8,
      },
    )
    .map((entries) => Object.fromEntries(entries)),
}));

/** As it comes over the wire, where `__proto__` is a key like any other. */
const overTheWire = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

const queue = fc.record({
  brokerName: fc.string({ unit: 'binary' }),
  queueId: fc.nat(),
  brokerOffset: fc.maxSafeNat(),
  consumerOffset: fc.maxSafeInteger(),
  clientInfo: fc.option(fc.string({ unit: 'binary' })),
  lastTimestamp: fc.maxSafeInteger(),
});
const queues = fc.uniqueArray(queue, { selector: ({ brokerName, queueId }) => `${brokerName.toWellFormed()}\0${queueId}`, maxLength: 6 });

function readOrRefuse(decode: () => unknown): unknown {
  try {
    return decode();
  } catch (error) {
    expect(error instanceof WireError || error instanceof RefusedError, String(error)).toBe(true);
    expect((error as Error).message).toMatch(/\S/);
    expect((error as Error).message.length).toBeLessThan(2000);
    return undefined;
  }
}

/** No number of a reading is anything but a number that counts. */
function expectOnlyCounts(value: unknown): void {
  if (typeof value === 'number') expect(Number.isFinite(value)).toBe(true);
  else if (typeof value === 'object' && value !== null) for (const part of Object.values(value)) expectOnlyCounts(part);
}

describe('whatever JSON a console answers', () => {
  test.each(Object.entries(DECODERS))('%s gives readings or says which field is wrong', (_name, decode) => {
    fc.assert(
      fc.property(json, (value) => expectOnlyCounts(readOrRefuse(() => decode(overTheWire(value))))),
      { numRuns: 3000 },
    );
  });

  test('the envelope is opened, or refused in the words of the console', () => {
    fc.assert(
      fc.property(json, (value) => void readOrRefuse(() => decodeEnvelope(JSON.stringify(value)))),
      { numRuns: 3000 },
    );
  });

  test('and whatever is no JSON at all', () => {
    const body = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.tuple(json, fc.nat(40)).map(([value, cut]) => JSON.stringify(value).slice(0, -cut)),
    );
    fc.assert(
      fc.property(body, (text) => void readOrRefuse(() => decodeEnvelope(text))),
      { numRuns: 3000 },
    );
  });

  test('and a good answer is read to the last number', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), queues, { maxKeys: 4 }), (groups) => {
        const data = Object.fromEntries(Object.entries(groups).map(([group, rows]) => [group, { queueStatInfoList: rows }]));
        const read = decodeSubscriptions(overTheWire(data));
        expect(read.map(({ consumerGroup }) => consumerGroup)).toEqual(Object.keys(groups));
        for (const subscription of read) {
          const rows = groups[subscription.consumerGroup] ?? [];
          const offsets = rows.map(({ brokerOffset, consumerOffset }) => [brokerOffset, consumerOffset]);
          expect(subscription.readable).toBe(rows.length > 0);
          if (subscription.readable)
            expect(subscription.queues.map(({ brokerOffset, consumerOffset }) => [brokerOffset, consumerOffset])).toEqual(offsets);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('whatever a client calls itself', () => {
  const anything = fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[\d.@#-]*(@STREAM)?$/));

  test('it has an IP without an @, and nothing of an own name is lost', () => {
    fc.assert(
      fc.property(anything, (clientId) => {
        const { ip, pid } = parseClientId(clientId);
        expect(ip).toBe(clientId.split('@')[0]);
        expect(clientId.startsWith(pid === '' ? ip : `${ip}@${pid}`)).toBe(true);
      }),
      { numRuns: 5000 },
    );
  });

  test('the process id of an instance that named itself is its digits', () => {
    const nanotime = fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), { nil: undefined });
    const unit = fc.option(fc.string({ unit: 'binary' }), { nil: undefined });
    fc.assert(
      fc.property(fc.ipV4(), fc.nat(), nanotime, unit, (ip, pid, nanos, name) => {
        const clientId = `${ip}@${pid}${nanos === undefined ? '' : `#${nanos}`}${name === undefined ? '' : `@${name}`}`;
        expect(parseClientId(clientId)).toEqual({ ip, pid: String(pid) });
      }),
      { numRuns: 2000 },
    );
  });
});

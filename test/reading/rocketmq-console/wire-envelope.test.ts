import { describe, expect, test } from 'vitest';
import { decodeEnvelope, RefusedError } from '../../../src/reading/rocketmq-console/answers.ts';
import { recordedAnswer } from '../../support/recorded-answer.ts';
import { namesWhatIsWrong } from '../../support/refusals.ts';

describe('an answer', () => {
  test('with status 0 gives its data, whatever that is', () => {
    expect(decodeEnvelope('{"status":0,"data":{"a":[1]},"errMsg":null}')).toEqual({ a: [1] });
    expect(decodeEnvelope('{"status":0,"data":null}')).toBeNull();
  });

  test('is well-formed text, names and keys alike; no entry is lost where two become equal', () => {
    const body = String.raw`{"status":0,"data":{"list":["V5_\ud83d","\ud83d\ude9a"],"k\udc00":1,"k\udc01":2,"\\ud800":3}}`;
    expect(decodeEnvelope(body)).toEqual({ list: ['V5_\ufffd', '🚚'], 'k\ufffd': 1, 'k\udc01': 2, '\\ud800': 3 });
  });

  namesWhatIsWrong(decodeEnvelope, [
    { n: 1, proves: 'nothing', data: '', says: 'the answer is empty' },
    { n: 2, proves: 'white space', data: ' \n', says: 'the answer is empty' },
    { n: 3, proves: 'a page', data: '<html>\n<title>x</title>', says: 'the answer is not JSON: <html> <title>x</title>' },
    { n: 4, proves: 'half an answer', data: '{"status":0,"da', says: 'the answer is not JSON: {"status":0,"da' },
    { n: 5, proves: 'null', data: 'null', says: 'the answer: expected Object, got null' },
    { n: 6, proves: 'another JSON', data: '{"ok":true}', says: 'the answer.status is missing' },
    { n: 7, proves: 'a status as text', data: '{"status":"0","data":1}', says: 'the answer.status: expected number, got "0"' },
    {
      n: 8,
      proves: 'words that are none',
      data: '{"status":-1,"data":null,"errMsg":5}',
      says: 'the answer.errMsg: expected string, got 5',
    },
  ]);

  test('10. a long one is cut in the error', () => {
    expect(() => decodeEnvelope(`x${'y'.repeat(5_000)}`)).toThrow(/^the answer is not JSON: xy{199}…$/);
  });
});

describe('a refusal', () => {
  const refusalOf = (body: string): unknown => {
    try {
      return decodeEnvelope(body);
    } catch (error) {
      return error;
    }
  };

  test('carries the console’s words, on one line', () => {
    const error = refusalOf(recordedAnswer('2.1.0.healthy', '/topic/queryConsumerByTopic.query?topic=no_such_topic'));
    expect(error).toBeInstanceOf(RefusedError);
    expect(error).toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('No topic route info in name server for the topic: no_such_topic'),
    });
    expect(String((error as Error).message)).not.toContain('\n');
  });

  test.each([
    'CODE: 1  DESC: org.apache.rocketmq.acl.common.AclException: No accessKey is configured',
    'CODE: 16  DESC: NO_PERMISSION',
    'org.apache.rocketmq.auth.authentication.exception.AuthenticationException: no',
  ])('for want of an access key says what to set: %s', (errMsg) => {
    expect(refusalOf(JSON.stringify({ status: -1, errMsg }))).toMatchObject({
      kind: 'access-denied',
      words: errMsg.replace(/ +/g, ' '),
      message: expect.stringMatching(/the brokers want an access key that may read: set rocketmq\.config\.accessKey/),
    });
  });

  test('of a console that could not reach a name server or broker is of another kind', () => {
    expect(refusalOf(recordedAnswer('2.1.0.namesrv-frozen', '/topic/list.query'))).toMatchObject({ kind: 'broker-unreachable' });
    for (const kind of ['Connect', 'SendRequest', 'Timeout'])
      expect(refusalOf(`{"status":-1,"data":null,"errMsg":"a.b.Remoting${kind}Exception: x"}`)).toMatchObject({
        kind: 'broker-unreachable',
      });
    expect(refusalOf('{"status":-1,"data":null,"errMsg":"a.b.RemotingCommandException: x"}')).toMatchObject({ kind: 'refused' });
  });

  test('without words gives its status', () => {
    expect(refusalOf('{"status":-1,"data":null,"errMsg":null}')).toMatchObject({ words: 'status -1' });
    expect(refusalOf('{"status":1,"data":{"topicList":[]}}')).toMatchObject({ words: 'status 1' });
  });
});

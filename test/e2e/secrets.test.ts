import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from 'vitest';
import type { Responder } from '../../src/reading/rocketmq-console/replay.ts';
import { answerWith, type Fault, faultOn } from '../support/faults.ts';
import { runHandler } from '../support/handler-process.ts';
import { USERNAME } from '../support/login-console.ts';
import { exchangesOf, isTopic, madeTopics } from '../support/made-cluster.ts';
import { envFor, loginConsole, proxy, pushgateway, run } from '../support/run.ts';
import {
  BASIC,
  BEARER,
  CONSOLE_BASIC_PASSWORD,
  CONSOLE_PASSWORD,
  forms,
  leaks,
  PUSHGATEWAY_BEARER_TOKEN,
  PUSHGATEWAY_PASSWORD,
  saidBy,
  WITH_BASIC,
  WITH_BEARER,
} from '../support/secrets.ts';

const EXCHANGES = exchangesOf(madeTopics(40));
const SETTINGS = {
  CONSOLE_USERNAME: USERNAME,
  CONSOLE_PASSWORD,
  CONSOLE_BASIC_USERNAME: 'dor',
  CONSOLE_BASIC_PASSWORD,
  REQUEST_TIMEOUT_MS: '4000',
  LOG_LEVEL: 'debug',
};

async function consoleWithSecret(first: Responder = () => false) {
  const source = await loginConsole({ dialect: 'form', exchanges: EXCHANGES, first });
  source.setPassword(CONSOLE_PASSWORD);
  return source;
}

/** Answers with one form of one secret after another, after so many other characters. */
function saying({ answer, takes = /./ }: Echo, secrets: readonly string[], padding: number): Fault {
  const all = secrets.flatMap(forms).filter((form) => takes.test(form));
  let next = 0;
  return (...args) => answer('x'.repeat(padding) + all[next++ % all.length])(...args);
}

/** Somewhere to repeat a text; `takes`: where another form of it would stand there. */
interface Echo {
  where: string;
  answer: (text: string) => Fault;
  takes?: RegExp;
}

const IN_A_HEADER = /^[\x21-\x7e]+$/;
const ECHOES: readonly Echo[] = [
  { where: 'a refusal', answer: (text) => answerWith(200, { status: -1, errMsg: text }) },
  { where: 'a 500', answer: (text) => answerWith(500, text) },
  { where: 'a 404', answer: (text) => answerWith(404, text) },
  { where: 'what is no JSON', answer: (text) => answerWith(200, text) },
  {
    where: 'a title',
    answer: (text) => answerWith(200, `<html><title>${text}</title>`, { 'Content-Type': 'text/html' }),
    takes: /^[^<]+$/,
  },
  { where: 'a location', answer: (text) => answerWith(302, '', { Location: `/?p=${text}` }), takes: IN_A_HEADER },
  { where: 'a server header', answer: (text) => answerWith(403, 'no', { Server: text }), takes: IN_A_HEADER },
  { where: 'a wrong type', answer: (text) => answerWith(200, { status: 0, data: { g: { queueStatInfoList: text } } }) },
  { where: 'a name', answer: (text) => answerWith(200, { status: 0, data: { [text]: { queueStatInfoList: 7 } } }), takes: /^[^\\]+$/ },
];
/** So that the excerpt, of 200 characters, ends before, within and after the secret. */
const PADDINGS = [0, 150, 175, 185, 190, 192, 194, 197];

describe('who says what it was sent is not quoted with a secret, wherever the quotation is cut', () => {
  test.each(ECHOES)('a console, in $where', async (echo) => {
    for (const padding of PADDINGS) {
      const source = await consoleWithSecret(faultOn(saying(echo, WITH_BASIC, padding), isTopic));
      // Nothing is pushed: only what is said counts here.
      const { error, ...ran } = await run({ dryRun: true }, envFor(source.url, 'http://127.0.0.1:1', { ...SETTINGS, ...BASIC }));
      expect(error?.message).toMatch(/not one of \d+ (topics|consumer groups) could be read/);
      expect({ padding, leaks: leaks(saidBy({ ...ran, ...(error ? { error } : {}) })) }).toEqual({ padding, leaks: [] });
    }
  });

  test.each(ECHOES.filter(({ where }) => ['a 500', 'a 404', 'a location'].includes(where)))('a Pushgateway, in $where', async (echo) => {
    const source = await consoleWithSecret();
    for (const padding of [0, 190, 470, 490]) {
      for (const [secrets, env] of [[WITH_BASIC, BASIC] as const, [WITH_BEARER, BEARER] as const]) {
        const front = await proxy({ target: source.url, first: faultOn(saying(echo, secrets, padding), () => true) });
        // A tick that pushes its failure only, and is refused once: enough of them for every form.
        for (let tick = 0; tick < 24; tick += 1) {
          const ran = await run({ cluster: 'another' }, envFor(source.url, front.url, { ...SETTINGS, ...env }));
          expect(ran.error?.message).toContain('refused');
          expect({ padding, leaks: leaks(saidBy(ran)) }).toEqual({ padding, leaks: [] });
        }
      }
    }
  });

  test('by what is deployed, in all that its process writes', async () => {
    const said = saying({ where: 'a refusal', answer: (text) => answerWith(200, { status: -1, errMsg: text }) }, WITH_BASIC, 0);
    const source = await consoleWithSecret(faultOn(said, ({ url }) => isTopic({ url } as IncomingMessage) && !url?.endsWith('=t0')));
    const gateway = await pushgateway();
    const front = await proxy({
      target: gateway.url,
      authorization: `Basic ${Buffer.from(`lag:${PUSHGATEWAY_PASSWORD}`).toString('base64')}`,
    });
    const events = [{}, { dryRun: true }, { dryrun: true }];
    const [good, bad] = [
      await runHandler(events, envFor(source.url, front.url, { ...SETTINGS, ...BASIC })),
      await runHandler(
        events,
        envFor(source.url, front.url, { ...SETTINGS, ...BEARER, CONCURRENCY: CONSOLE_PASSWORD, DETAIL: PUSHGATEWAY_BEARER_TOKEN }),
      ),
    ];
    expect(good.outcomes.map(({ result }) => result?.outcome)).toEqual(['partial', 'dry-run', undefined]);
    expect(bad.outcomes[0]?.error?.message).toContain('CONCURRENCY: is wrong');
    expect(leaks(good.output)).toEqual([]);
    expect(leaks(bad.output)).toEqual([]);
  });
});

import { describe, expect, test } from 'vitest';
import { describeRefusal } from '../../src/pushing/pushgateway.ts';
import { answerWith, faultOn } from '../support/faults.ts';
import { exchangesOf, madeTopics } from '../support/made-cluster.ts';
import { envFor, proxy, pushgateway, replayConsole, run } from '../support/run.ts';

/** What nginx says in place of the server behind it. */
const nginxPage = (status: number, title: string) =>
  answerWith(
    status,
    `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n<hr><center>nginx/1.22.1</center>\r\n</body>\r\n</html>\r\n`,
    { 'Content-Type': 'text/html', Server: 'nginx/1.22.1' },
  );

/** What a tick says whose data is answered so by what stands in front of a real gateway. */
async function refusedBy(fault: ReturnType<typeof answerWith>, env: Record<string, string> = {}) {
  const [source, gateway] = await Promise.all([replayConsole(exchangesOf(madeTopics(2))), pushgateway()]);
  const sizes: number[] = [];
  const front = await proxy({
    target: gateway.url,
    first: faultOn(fault, ({ method, headers }) => {
      if (method === 'PUT') sizes.push(Number(headers['content-length']));
      return method === 'PUT';
    }),
  });
  const { error } = await run({}, envFor(source.url, front.url, env));
  return { says: error?.message.split('refused: ')[1], bytes: sizes[0] };
}

describe('what stands in front of the gateway is told from the gateway', () => {
  test('a body that is too large: how many bytes were sent, and what to set', async () => {
    const { says, bytes } = await refusedBy(nginxPage(413, '413 Request Entity Too Large'));
    expect(bytes).toBeGreaterThan(0);
    expect(says).toBe(
      `413 an HTML page titled "413 Request Entity Too Large" from nginx/1.22.1 (the body of ${bytes} bytes is too large for what is in front of the Pushgateway: raise its limit, for nginx client_max_body_size, or push less: DETAIL nonzero or off, or a lower MAX_SERIES)`,
    );
  });

  test.each([
    [502, '502 Bad Gateway'],
    [503, '503 Service Temporarily Unavailable'],
    [504, '504 Gateway Time-out'],
  ])('%i: it cannot reach the gateway', async (status, title) => {
    const { says } = await refusedBy(nginxPage(status, title));
    expect(says).toBe(
      `${status} an HTML page titled "${title}" from nginx/1.22.1 (what is in front of the Pushgateway cannot reach it: does the Pushgateway run?)`,
    );
  });

  test('403: it lets nobody through', async () => {
    const { says } = await refusedBy(nginxPage(403, '403 Forbidden'));
    expect(says).toMatch(
      /^403 an HTML page titled "403 Forbidden" from nginx\/1\.22\.1 \(what is in front of the Pushgateway does not let this through/,
    );
  });

  test('an error page of another kind is quoted, without a guess', async () => {
    const { says } = await refusedBy(nginxPage(500, '500 Internal Server Error'));
    expect(says).toBe('500 an HTML page titled "500 Internal Server Error" from nginx/1.22.1');
  });

  test.each([
    [404, '404 Not Found'],
    [405, '405 Not Allowed'],
  ])('%i: who answers is no gateway', async (status, title) => {
    const { says } = await refusedBy(nginxPage(status, title));
    expect(says).toBe(`${status} an HTML page titled "${title}" from nginx/1.22.1 (is PUSHGATEWAY_URL a Pushgateway?)`);
  });

  const BASIC = { PUSHGATEWAY_USERNAME: 'lag', PUSHGATEWAY_PASSWORD: 'p4ss-w0rd' };
  const BEARER = { PUSHGATEWAY_BEARER_TOKEN: 't0ken-t0ken' };
  test.each([
    ['Basic realm="x"', {}, 'it wants basic authentication: set PUSHGATEWAY_USERNAME and PUSHGATEWAY_PASSWORD'],
    ['Basic realm="x"', BEARER, 'it wants basic authentication: set PUSHGATEWAY_USERNAME and PUSHGATEWAY_PASSWORD'],
    ['basic realm="x"', BASIC, 'it did not take PUSHGATEWAY_USERNAME and PUSHGATEWAY_PASSWORD: check both'],
    ['Bearer', {}, 'it wants a bearer token: set PUSHGATEWAY_BEARER_TOKEN'],
    ['Bearer realm="Basic, x", error="invalid_token"', BEARER, 'it did not take PUSHGATEWAY_BEARER_TOKEN'],
    ['Negotiate, NTLM', BASIC, 'it wants authentication by Negotiate, NTLM, which is not supported'],
  ])('a challenge of %j with %j', async (challenge, env, says) => {
    expect((await refusedBy(answerWith(401, 'who?', { 'WWW-Authenticate': challenge }), env)).says).toBe(`401 who? (${says})`);
  });

  test('a redirect to single sign-on', async () => {
    const { says } = await refusedBy(answerWith(302, '', { Location: 'https://sso.example/login?rd=x' }));
    expect(says).toBe(
      '302, a redirect to https://sso.example/login?rd=x, which is not followed: what is in front of the Pushgateway wants a login of its own at https://sso.example; set PUSHGATEWAY_URL to an address without it',
    );
  });
});

describe('what a gateway says of many series', () => {
  const say = (lines: string[]) =>
    describeRefusal(
      { status: 400, headers: {}, body: ['pushed metrics are invalid: 9 error(s) occurred:', ...lines, ''].join('\n') },
      { url: 'http://gateway', authorization: undefined, bytes: 0 },
    );
  const complaint = (topic: string, verdict: string) => `* collected metric "m" { label:<name:"topic" value:"${topic}" > } ${verdict}`;

  test('is said once for each kind, and three kinds at most', () => {
    const kinds = ['one', 'two', 'three', 'four', 'five'].map((kind) => `is ${kind}`);
    const said = say([...kinds.map((kind) => complaint('a', kind)), complaint('b', 'is two'), complaint('} c', 'is two')]);
    expect(said).toBe(
      `400 pushed metrics are invalid: ${complaint('a', 'is one').slice(2)}; ${complaint('a', 'is two').slice(2)}, and 2 more series likewise; ${complaint('a', 'is three').slice(2)}; and 2 other complaints`,
    );
  });

  test('is cut where a series or a verdict is long', () => {
    expect(say([complaint('a'.repeat(5000), 'b'.repeat(5000))]).length).toBeLessThan(600);
  });
});

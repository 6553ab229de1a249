import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Certificate, makeCertificate } from '../support/certificates.ts';
import { exchangesOf, madeTopics } from '../support/made-cluster.ts';
import { envFor, proxy, pushgateway, replayConsole, run } from '../support/run.ts';

async function servers() {
  const [source, gateway] = await Promise.all([replayConsole(exchangesOf(madeTopics(2))), pushgateway()]);
  return { source, gateway };
}

describe('a Pushgateway that wants credentials', () => {
  const basic = (pair: string) => `Basic ${Buffer.from(pair).toString('base64')}`;
  const rows = [
    {
      kind: 'basic',
      authorization: basic('lag:p:ä"ss'),
      env: { PUSHGATEWAY_USERNAME: 'lag', PUSHGATEWAY_PASSWORD: 'p:ä"ss' },
      says: 'it wants basic authentication: set PUSHGATEWAY_USERNAME and PUSHGATEWAY_PASSWORD',
    },
    {
      kind: 'basic, with a blank password',
      authorization: basic('lag: '),
      env: { PUSHGATEWAY_USERNAME: 'lag', PUSHGATEWAY_PASSWORD: ' ' },
      says: 'it wants basic authentication: set PUSHGATEWAY_USERNAME and PUSHGATEWAY_PASSWORD',
    },
    {
      kind: 'bearer',
      authorization: 'Bearer abc.def-123',
      env: { PUSHGATEWAY_BEARER_TOKEN: 'abc.def-123' },
      says: 'it wants a bearer token: set PUSHGATEWAY_BEARER_TOKEN',
    },
  ];
  test.each(rows)('gets them with every request: $kind', async ({ authorization, env }) => {
    const { source, gateway } = await servers();
    const front = await proxy({ target: gateway.url, authorization });
    const { result } = await run({}, envFor(source.url, front.url, env));
    expect(result?.outcome).toBe('complete');
    const forgotten = await run({ forget: true }, envFor(source.url, front.url, env));
    expect(forgotten.result?.outcome).toBe('forgotten');
    expect(front.requests.map((request) => request.split(' ')[0])).toEqual(['PUT', 'POST', 'GET', 'DELETE', 'DELETE']);
    expect(await gateway.samples()).toEqual([]);
  });

  test.each(rows)('and gets none, says which settings to set: $kind', async ({ authorization, says }) => {
    const { source, gateway } = await servers();
    const front = await proxy({ target: gateway.url, authorization });
    const { error } = await run({}, envFor(source.url, front.url));
    expect(error?.message).toContain(`refused: 401 Unauthorized: no credentials (${says})`);
    expect(await gateway.samples()).toEqual([]);
  });
});

describe('TLS', () => {
  /** Both sides behind TLS, each with a certificate of its own. */
  async function behindTls(console_: Certificate, gateway_: Certificate) {
    const { source, gateway } = await servers();
    const [sourceFront, gatewayFront] = await Promise.all([
      proxy({ target: source.url, tls: console_ }),
      proxy({ target: gateway.url, tls: gateway_ }),
    ]);
    return { env: envFor(sourceFront.url, gatewayFront.url), gateway, pushes: gatewayFront.requests, asked: sourceFront.requests };
  }

  test('with a private CA on both sides, given as PEM text or on one line', async () => {
    const [one, other] = await Promise.all([makeCertificate(), makeCertificate()]);
    const { env, gateway } = await behindTls(one, other);
    const { result } = await run({}, { ...env, CONSOLE_CA: one.cert, PUSHGATEWAY_CA: other.cert.trim().replaceAll('\n', '\\n') });
    expect(result?.outcome).toBe('complete');
    expect(await gateway.values('rocketmq_tick_success{')).toEqual([1]);
  });

  test('with the CA of another is not trusted', async () => {
    const [one, other] = await Promise.all([makeCertificate(), makeCertificate()]);
    const { env, asked } = await behindTls(one, other);
    const { error } = await run({}, { ...env, CONSOLE_CA: other.cert, PUSHGATEWAY_CA: other.cert });
    expect(error?.message).toMatch(/^the console at \S+ cannot be trusted \(\w+\): .*put that CA's PEM text into CONSOLE_CA$/);
    expect(asked).toEqual([]);
  });

  test('for another host is not trusted', async () => {
    const [one, other] = await Promise.all([makeCertificate({ host: 'elsewhere.example' }), makeCertificate()]);
    const { env } = await behindTls(one, other);
    const { error } = await run({}, { ...env, CONSOLE_CA: one.cert, PUSHGATEWAY_CA: other.cert });
    expect(error?.message).toMatch(/\(ERR_TLS_CERT_ALTNAME_INVALID\): its certificate is for another host than CONSOLE_URL names$/);
  });

  test('where there is none is said to be none', async () => {
    const { source, gateway } = await servers();
    const { error } = await run({}, envFor(source.url.replace('http:', 'https:'), gateway.url));
    expect(error?.message).toMatch(
      /^the console at \S+ cannot be trusted \(\w+\): it does not seem to speak TLS: is CONSOLE_URL right with https\?$/,
    );
  });

  test.each([
    { what: 'no PEM text', value: 'MIIB' },
    { what: 'no certificate', value: '-----BEGIN CERTIFICATE-----\nbm9uZQ==\n-----END CERTIFICATE-----' },
  ])('with a CA that is $what is a wrong setting', async ({ value }) => {
    const { source, gateway } = await servers();
    const { error } = await run({}, envFor(source.url, gateway.url, { CONSOLE_CA: value }));
    expect(error?.message).toMatch(/CONSOLE_CA: is wrong: expected PEM text/);
    expect(source.requests).toEqual([]);
  });

  describe('when the environment turns verification off', () => {
    const NAME = 'NODE_TLS_REJECT_UNAUTHORIZED';
    let before: string | undefined;
    beforeEach(() => {
      before = process.env[NAME];
      process.env[NAME] = '0';
    });
    afterEach(() => {
      if (before === undefined) delete process.env[NAME];
      else process.env[NAME] = before;
    });

    test('is verified all the same', async () => {
      const [one, other] = await Promise.all([makeCertificate(), makeCertificate()]);
      const { env, asked, pushes } = await behindTls(one, other);
      const { error } = await run({}, env);
      expect(error?.message.match(/cannot be trusted/g)).toHaveLength(2);
      expect([...asked, ...pushes]).toEqual([]);
    });
  });
});

describe('credentials', () => {
  test.each(['CONSOLE_URL', 'PUSHGATEWAY_URL'])('inside %s are refused, and not repeated', async (name) => {
    const { source, gateway } = await servers();
    const { error, log } = await run({}, envFor(source.url, gateway.url, { [name]: 'http://lag:hunter2@127.0.0.1:1/' }));
    expect(error?.message).toMatch(new RegExp(`${name}: is wrong: .*without a user name or password in it`));
    expect(error?.message + log.text()).not.toContain('hunter2');
    expect(source.requests).toEqual([]);
  });

  test('over plain http are warned about, on both sides', async () => {
    const { source, gateway } = await servers();
    const secrets = { CONSOLE_USERNAME: 'u', CONSOLE_PASSWORD: 'hunter2', PUSHGATEWAY_USERNAME: 'u', PUSHGATEWAY_PASSWORD: 'hunter3' };
    const { log } = await run({}, envFor(source.url, gateway.url, secrets));
    const warnings = log.lines().filter(({ level }) => level === 'WARN');
    expect(warnings.map(({ message }) => message)).toEqual([
      'CONSOLE_PASSWORD is sent over plain http: anyone on the network path can read it',
      'the credentials for the Pushgateway are sent over plain http: anyone on the network path can read them',
    ]);
    const { log: without } = await run({}, envFor(source.url, gateway.url));
    expect(without.lines().filter(({ level }) => level === 'WARN')).toEqual([]);
  });
});

import { createServer, type RequestListener, type Server } from 'node:http';
import https from 'node:https';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { deadlineIn } from '../../src/base/deadline.ts';
import { type HttpClient, type HttpOptions, openHttp, startBodyBudget } from '../../src/http/client.ts';
import { closeServer, connections, listen } from '../../src/reading/rocketmq-console/replay.ts';
import { makeCertificate } from '../support/certificates.ts';

const MEGABYTE = 1024 * 1024;
const opened: { close(): unknown }[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()));
});

/** A client of a server that answers like this. */
async function clientOf(answer: RequestListener, options: Partial<HttpOptions> = {}): Promise<{ http: HttpClient; server: Server }> {
  const server = createServer(answer);
  const baseUrl = await listen(server);
  const http = openHttp({
    baseUrl,
    peer: 'the console',
    urlSetting: 'CONSOLE_URL',
    caSetting: 'CONSOLE_CA',
    requestTimeoutMs: 5_000,
    maxSockets: 8,
    maxBodyBytes: 16 * MEGABYTE,
    ...options,
  });
  opened.push(http, { close: () => closeServer(server) });
  return { http, server };
}

const get = (http: HttpClient, path = '/', more: { readUpToBytes?: number } = {}) =>
  http.send({ method: 'GET', path, ...more }, deadlineIn(10_000));

describe('an answer', () => {
  test('is its text, without a byte order mark, decompressed; and its connection is used again', async () => {
    const { http, server } = await clientOf((_request, response) => {
      response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(gzipSync('\uFEFF{"a":"注文"}'));
    });
    expect(await get(http)).toMatchObject({ status: 200, body: '{"a":"注文"}' });
    await get(http);
    expect(await connections(server)).toBe(1);
  });

  test('that is longer than any may be names what was asked', async () => {
    const { http } = await clientOf((_request, response) => void response.end('x'.repeat(2001)), { maxBodyBytes: 2000 });
    await expect(get(http, '/topic/queryTopicConsumerInfo.query?topic=big%20one')).rejects.toMatchObject({
      kind: 'too-large',
      message: expect.stringMatching(
        /sent more than 2000 bytes in answer to \/topic\/queryTopicConsumerInfo\.query\?topic=big one; the answer was refused$/,
      ),
    });
  });

  test('that is only quoted is read up to its limit, and no further', async () => {
    let sent = 0;
    const { http } = await clientOf((_request, response) => {
      const more = () => {
        while (!response.destroyed && sent < 150 * MEGABYTE) {
          sent += MEGABYTE;
          if (!response.write('x'.repeat(MEGABYTE))) return void response.once('drain', more);
        }
        response.end();
      };
      more();
    });
    const { body } = await get(http, '/', { readUpToBytes: 64 * 1024 });
    expect(body).toBe('x'.repeat(64 * 1024));
    expect(sent).toBeLessThan(20 * MEGABYTE);
  });

  test.each([
    ['breaks off', (response: Parameters<RequestListener>[1]) => void response.write('{', () => response.destroy()), /broke off/],
    [
      'is not gzip',
      (response: Parameters<RequestListener>[1]) => void response.writeHead(200, { 'Content-Encoding': 'gzip' }).end('{}'),
      /broke off \(Z_/,
    ],
  ])('that %s is a fault that passes', async (_how, answer, message) => {
    const { http } = await clientOf((_request, response) => answer(response));
    await expect(get(http)).rejects.toMatchObject({ kind: 'connection', message: expect.stringMatching(message) });
  });
});

describe('the memory of a tick', () => {
  const body = 'x'.repeat(3 * MEGABYTE);

  test('answers that are too much together are refused', async () => {
    const { http } = await clientOf((_request, response) => void response.write(body), {
      bodyBudget: startBodyBudget(64),
    });
    const together = [get(http), get(http), get(http)];
    await expect(Promise.race(together)).rejects.toEqual(
      expect.objectContaining({
        kind: 'memory',
        message: expect.stringMatching(
          /^the answers need more memory than the 64 MB that there are: more than 8 MB were being read at once; /,
        ),
      }),
    );
    await Promise.allSettled(together.map((each) => Promise.race([each, http.close()])));
  });

  test('what was handed on counts until the end: a tick that reads ever more ends', async () => {
    const { http } = await clientOf((_request, response) => void response.end(body), { bodyBudget: startBodyBudget(64) });
    for (let time = 0; time < 5; time += 1) await get(http);
    await expect(get(http)).rejects.toMatchObject({
      kind: 'memory',
      message: expect.stringContaining('more than 16 MB came in this tick'),
    });
  });

  test('what was refused does not count', async () => {
    const { http } = await clientOf((_request, response) => void response.end(body), {
      bodyBudget: startBodyBudget(64),
      maxBodyBytes: MEGABYTE,
    });
    for (let time = 0; time < 20; time += 1) await expect(get(http)).rejects.toMatchObject({ kind: 'too-large' });
  });
});

describe('what a TLS handshake fails for', () => {
  const OLD = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
  const WANTS = { requestCert: true, rejectUnauthorized: true };

  test.each([
    ['a client certificate that is wanted, by TLS 1.3', WANTS, /it wants a client certificate, which is not supported$/],
    [
      'one that is wanted by TLS 1.2',
      { ...WANTS, maxVersion: 'TLSv1.2' } as const,
      /it (wants|refused to talk: it may want) a client certificate/,
    ],
    ['a server with old TLS only', OLD, /it speaks old versions of TLS only, and needs TLS 1\.2 or newer$/],
  ])('%s', async (_what, options, message) => {
    const certificate = await makeCertificate();
    const server = https.createServer({ ...certificate, ...options }, (_request, response) => void response.end('fine'));
    const baseUrl = (await listen(server)).replace('http:', 'https:');
    const { http } = await clientOf(() => undefined, { baseUrl, ca: certificate.cert });
    opened.push({ close: () => closeServer(server) });
    await expect(get(http)).rejects.toMatchObject({ kind: 'tls', message: expect.stringMatching(message) });
  });

  test('a server that does not speak it', async () => {
    const { http } = await clientOf((_request, response) => void response.end('fine'));
    const { http: overTls } = await clientOf(() => undefined, { baseUrl: http.baseUrl.replace('http:', 'https:') });
    await expect(get(overTls)).rejects.toMatchObject({ kind: 'tls', message: expect.stringContaining('it does not seem to speak TLS') });
  });
});

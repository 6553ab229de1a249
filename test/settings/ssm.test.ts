import { createServer } from 'node:http';
import https from 'node:https';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { deadlineIn } from '../../src/base/deadline.ts';
import { closeServer, listen, send } from '../../src/reading/rocketmq-console/replay.ts';
import { emptyParameterMemory, overlayParameters } from '../../src/settings/parameters.ts';
import { makeCertificate } from '../support/certificates.ts';

const TOKEN = 'session-token-of-the-role-that-reads';
const servers: Parameters<typeof closeServer>[0][] = [];

beforeEach(() => {
  vi.stubEnv('AWS_REGION', 'eu-west-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'key-id');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'example');
  vi.stubEnv('AWS_SESSION_TOKEN', TOKEN);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all(servers.splice(0).map(closeServer));
});

/** What is wrong with the settings where this server stands for SSM. */
async function problemsWith(server: (typeof servers)[number], scheme = 'http:'): Promise<string> {
  servers.push(server);
  vi.stubEnv('AWS_ENDPOINT_URL_SSM', (await listen(server)).replace('http:', scheme));
  const overlaid = await overlayParameters({ SSM_PATH: '/lag' }, undefined, {
    memory: emptyParameterMemory(),
    deadline: deadlineIn(20_000),
    clock: Date.now,
  });
  return (overlaid.problems ?? []).join('\n');
}

const PARAMETERS = { Parameters: [{ Name: '/lag/CONSOLE_URL', Value: 'http://evil' }] };

describe('SSM', () => {
  test('is not believed by a certificate that nobody signed, also where the environment switches verification off', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    const server = https.createServer(await makeCertificate(), (_request, response) => send(response, 200, {}, PARAMETERS));
    expect(await problemsWith(server, 'https:')).toMatch(/could not be read.*(SELF_SIGNED|self-signed)/s);
  });

  test('that repeats what was signed does not get the session token of the role into the message', async () => {
    const server = createServer((_request, response) =>
      send(
        response,
        400,
        { 'x-amzn-errortype': 'SignatureDoesNotMatch' },
        {
          __type: 'SignatureDoesNotMatch',
          message: `The Canonical String should have been\nx-amz-date:20260105T030000Z\nx-amz-security-token:${TOKEN}\n\nhost;x-amz-date`,
        },
      ),
    );
    const problems = await problemsWith(server);
    expect(problems).toContain('x-amz-security-token:[hidden]');
    expect(problems).not.toContain(TOKEN.slice(0, 12));
  });
});

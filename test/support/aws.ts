import { createServer } from 'node:http';
import { join } from 'node:path';
import { type ParameterType, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, onTestFinished, vi } from 'vitest';
import { type RunningServer, startServer } from '../../scripts/servers/processes.ts';
import { closeServer, connections, listen } from '../../src/reading/rocketmq-console/replay.ts';
import { obtainMoto } from './python.ts';

/** Environment variables that make AWS clients use the server at `url`. */
export function awsEnv(url: string): Record<string, string> {
  return {
    AWS_ENDPOINT_URL_SSM: url,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'testing',
    AWS_SECRET_ACCESS_KEY: 'testing',
    AWS_SESSION_TOKEN: '',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}

/** A server that implements AWS' protocols and stores what it receives: SSM with pagination and encryption. */
async function startAws(): Promise<RunningServer> {
  const { bin, env } = obtainMoto();
  return startServer({
    program: join(bin, 'python'),
    args: () => ['-m', 'moto.server', '-H', '127.0.0.1', '-p', '0'],
    env,
    listening: /Running on (http:\/\/127\.0\.0\.1:\d+)/,
  });
}

/** One server for all tests of a file. If it cannot start, each test that reads its URL fails with the reason; none is skipped. */
export function awsForAll(): { readonly url: string } {
  let server: RunningServer | undefined;
  let problem: unknown;
  beforeAll(async () => {
    server = await startAws().catch((error: unknown) => {
      problem = error;
      return undefined;
    });
  });
  afterAll(() => server?.stop());
  return {
    get url() {
      if (server === undefined) throw problem;
      return server.url;
    },
  };
}

/** Stores parameters under their full names; encrypted where `type` is `SecureString`. */
export async function putParameters(url: string, parameters: Record<string, string>, type: ParameterType = 'String'): Promise<void> {
  const client = new SSMClient({
    endpoint: url,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'testing', secretAccessKey: 'testing' },
  });
  for (const [Name, Value] of Object.entries(parameters)) {
    await client.send(new PutParameterCommand({ Name, Value, Type: type, Overwrite: true }));
  }
  client.destroy();
}

/** A proxy between a Lambda and SSM. */
export interface Way {
  readonly url: string;
  /** Bodies of the requests, in order of arrival. */
  readonly requests: { Path: string; NextToken?: string; WithDecryption?: boolean }[];
  /** Number of open connections. */
  connections(): Promise<number>;
  /**
   * What happens to requests from now on: `open` forwards them; `hanging` never answers; `dripping` sends an answer that
   * never ends; `closed` closes the connection; `failing` answers 500, and `stumbling` does so once; `denying` answers that
   * access is denied, `throttling` that there are too many requests; `elsewhere` answers with a web page.
   */
  set(state: 'open' | 'hanging' | 'dripping' | 'closed' | 'failing' | 'stumbling' | 'denying' | 'throttling' | 'elsewhere'): void;
}

const JSON_TYPE = { 'content-type': 'application/x-amz-json-1.1' };

/** The answer of AWS to a role without the permission. The stand-in checks users' permissions, but refuses in XML, which SSM never does. */
const DENIED = {
  __type: 'AccessDeniedException',
  Message:
    'User: arn:aws:sts::123456789012:assumed-role/tick/tick is not authorized to perform: ssm:GetParametersByPath on resource: arn:aws:ssm:eu-central-1:123456789012:parameter/denied because no identity-based policy allows the ssm:GetParametersByPath action',
};

const THROTTLED = { __type: 'ThrottlingException', message: 'Rate exceeded' };

/** Starts a proxy to the server at `target` for one test, and makes AWS clients in this process use it. */
export async function wayTo(target: string): Promise<Way> {
  let state: Parameters<Way['set']>[0] = 'open';
  const requests: Way['requests'] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    requests.push(JSON.parse(body.toString()));
    if (state === 'hanging') return;
    if (state === 'dripping') return void response.writeHead(200, JSON_TYPE).write('{');
    if (state === 'closed') return void request.socket.destroy();
    if (state === 'stumbling') {
      state = 'open';
      return void response.writeHead(500).end();
    }
    if (state === 'failing') return void response.writeHead(500).end();
    if (state === 'denying') return void response.writeHead(400, JSON_TYPE).end(JSON.stringify(DENIED));
    if (state === 'throttling') return void response.writeHead(400, JSON_TYPE).end(JSON.stringify(THROTTLED));
    if (state === 'elsewhere') return void response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><p>Welcome');
    const { 'x-amz-target': operation = '', authorization = '', 'content-type': type = '' } = request.headers as Record<string, string>;
    const answer = await fetch(target, {
      method: 'POST',
      body,
      headers: { 'x-amz-target': operation, authorization, 'content-type': type },
    });
    response.writeHead(answer.status, JSON_TYPE).end(await answer.text());
  });
  const url = await listen(server);
  onTestFinished(() => closeServer(server));
  for (const [name, value] of Object.entries(awsEnv(url))) vi.stubEnv(name, value);
  onTestFinished(() => void vi.unstubAllEnvs());
  return {
    url,
    requests,
    connections: () => connections(server),
    set: (next) => {
      state = next;
    },
  };
}

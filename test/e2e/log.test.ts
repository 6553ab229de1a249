import { describe, expect, test, vi } from 'vitest';
import { openLog } from '../../src/base/log.ts';
import { collect } from '../support/collect.ts';
import { runHandler } from '../support/handler-process.ts';
import { envFor, pushgateway, replayConsole } from '../support/run.ts';

const NOWHERE = 'http://127.0.0.1:1';

describe('the log of the deployed handler', () => {
  test('has the id of its invocation in every line, the next one its own', async () => {
    const [source, gateway] = await Promise.all([replayConsole('2.1.0.healthy'), pushgateway()]);
    // Credentials over plain http are worth a warning: more than one line a tick.
    const env = envFor(source.url, gateway.url, { CONSOLE_USERNAME: 'admin', CONSOLE_PASSWORD: 'hunter2' });
    const lines = jsonLines((await runHandler([{}, {}], env)).output);
    const ids = lines.map(({ requestId }) => requestId);
    expect(ids.length).toBeGreaterThan(3);
    expect(ids).toEqual(ids.map((_, index) => (index < ids.length / 2 ? 'request-0' : 'request-1')));
  });

  test('leaves it to Lambda to log as an error what is thrown: each failure is found once', async () => {
    const { outcomes, output } = await runHandler([{}], envFor(NOWHERE, NOWHERE));
    expect(outcomes[0]?.error?.message).toContain('cannot reach the console');
    expect(jsonLines(output)).toMatchObject([
      { level: 'INFO', message: 'tick', outcome: 'failed', cluster: 'test', requestId: 'request-0' },
    ]);
  });
});

test('what LOG_LEVEL leaves out is left out also where Lambda would let it through', () => {
  vi.stubEnv('AWS_LAMBDA_LOG_LEVEL', 'DEBUG');
  const { stream, lines } = collect();
  const log = openLog(stream);
  vi.unstubAllEnvs();
  log.debug('before anything is known');
  log.setLevel('warn');
  log.info('info');
  log.warn('warn');
  log.setLevel('debug');
  log.debug('debug');
  expect(lines().map(({ message }) => message)).toEqual(['warn', 'debug']);
});

function jsonLines(output: string): Record<string, unknown>[] {
  return output
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));
}

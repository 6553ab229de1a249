import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readSettings, SETTING_SPELLINGS } from '../../src/settings/settings.ts';

const REQUIRED = { CONSOLE_URL: 'http://console', PUSHGATEWAY_URL: 'http://gateway', CLUSTER_NAME: 'test' };

const text = readFileSync(new URL('../../docs/settings.md', import.meta.url), 'utf8');
const rows = [...text.matchAll(/^\| `([A-Z_]+)` \| (.+?) \| (.+) \|$/gm)].map(([, name = '', initial = '', meaning = '']) => ({
  name,
  initial,
  meaning,
}));

/** What a tick would work with; all problems otherwise. */
function settingsOf(variables: Record<string, string>): Record<string, unknown> {
  const { settings } = readSettings(variables);
  return settings.ok ? { ...settings.value } : { problems: settings.error.problems };
}

const isNothing = (value: unknown) => value === undefined || JSON.stringify(value) === '{}' || JSON.stringify(value) === '[]';

test('docs/settings.md has every setting, every spelling of it, and none besides', () => {
  const names = [...new Set([...SETTING_SPELLINGS.values()].map(([name]) => name))];
  expect(rows.map(({ name }) => name).sort()).toEqual(names.sort());
  for (const [spelling, [name]] of SETTING_SPELLINGS) if (spelling !== name) expect(text).toContain(`\`${spelling}\``);
});

test('what it calls required is, and nothing else', () => {
  const { settings } = readSettings({});
  const missing = settings.ok ? [] : settings.error.problems.map((problem) => problem.split(':')[0]);
  expect(rows.filter(({ initial }) => initial === 'required').map(({ name }) => name)).toEqual(missing);
});

test('what it gives as a default is what an unset variable means', () => {
  const unset = settingsOf(REQUIRED);
  for (const { name, initial } of rows.filter(({ initial }) => initial !== 'required')) {
    const documented = /^`(.+)`$/.exec(initial)?.[1];
    if (documented === undefined)
      expect({ name, initial, nothing: isNothing(unset[name]) }).toEqual({ name, initial: 'none', nothing: true });
    else expect({ name, settings: settingsOf({ ...REQUIRED, [name]: documented }) }).toEqual({ name, settings: unset });
  }
});

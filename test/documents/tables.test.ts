import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { currentPage, pages, problemsOf, readTranslations } from '../../scripts/docs.ts';
import { REASONS } from '../support/reasons.ts';
import { alerts } from '../support/rules.ts';

describe('npm run docs', () => {
  test.each(pages())('has nothing to change in $path', ({ written, current }) => {
    expect(written).toBe(current);
  });

  test('writes what is missing, and corrects what somebody typed', () => {
    const page = ['More than `backlog` (7) wait.', '<!-- npm run docs: settings -->', '| `GONE` | none | x |', '<!-- end -->'].join('\n');
    const current = currentPage(page, 'en', ['settings'], readTranslations());
    expect(current).toContain('More than `backlog` (10,000) wait.');
    expect(current).toContain('| `CLUSTER_NAME` | required | the grouping label');
    expect(current).toContain('| `CONSOLE_PASSWORD` | none | secret; ');
    expect(current).not.toContain('GONE');
    expect(currentPage(current, 'en', ['settings'], readTranslations())).toBe(current);
    expect(() => currentPage(page, 'en', ['health'], readTranslations())).toThrow('npm run docs: health');
  });

  test('names each translation that is missing, or of something that does not exist', () => {
    const { settings, metrics, alerts } = readTranslations();
    const { JOB, ...others } = settings;
    expect(JOB).toBeDefined();
    expect(problemsOf({ settings: { ...others, JOBB: '' }, metrics, alerts })).toEqual([
      'docs/zh-CN/tables.yml lacks settings: JOB',
      'docs/zh-CN/tables.yml has settings: JOBB, which does not exist',
    ]);
  });
});

describe.each(['docs/alerts.md', 'docs/zh-CN/alerts.md'])('%s', (path) => {
  const text = readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

  // The links of the table lead to these sections.
  test('has a section for every alert, and for no other', () => {
    const sections = [...text.matchAll(/^### RocketmqLag(\w+)$/gm)].map(([, name]) => name);
    expect(sections.sort()).toEqual([...alerts().keys()].sort());
  });

  test('explains every reason, in the order in which the first that holds is given', () => {
    expect([...text.matchAll(/^\| `([a-z-]+)` \| \S/gm)].map(([, reason]) => reason)).toEqual(REASONS);
  });
});

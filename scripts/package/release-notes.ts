import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { toFailure } from '../../src/base/errors.ts';
import { VERSION } from '../../src/metrics/health-metrics.ts';

const root = new URL('../../', import.meta.url);
const OUT = new URL('out/release-notes.md', root);

/** The changelog's section on the version that a tag names. Throws where the tag is not this version's, or there is nothing to read. */
export function releaseNotes(tag: string, version: string, changelog: string): string {
  if (tag !== `v${version}`)
    throw new Error(`the tag is ${tag || 'missing'}, and package.json has version ${version}: it should be v${version}`);
  const section = changelog.split(/^(?=## )/m).find((part) => part.startsWith(`## [${version}]`));
  if (section === undefined)
    throw new Error(`CHANGELOG.md has no section for ${version}: rename [Unreleased] to [${version}] with the date`);
  const notes = section.slice(section.indexOf('\n')).trim();
  if (notes === '') throw new Error(`the section for ${version} in CHANGELOG.md is empty`);
  return `${notes}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    const notes = releaseNotes(process.argv[2] ?? '', VERSION, readFileSync(new URL('CHANGELOG.md', root), 'utf8'));
    mkdirSync(new URL('.', OUT), { recursive: true });
    writeFileSync(OUT, notes);
    console.log(fileURLToPath(OUT));
  } catch (error) {
    console.error(toFailure(error).message);
    process.exitCode = 1;
  }
}

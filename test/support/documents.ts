import { readdirSync, readFileSync } from 'node:fs';

const root = new URL('../../', import.meta.url);

export interface Document {
  /** Relative to the repository. */
  readonly path: string;
  readonly text: string;
}

/** Every Markdown file of the repository. */
export function documents(): Document[] {
  const here = readdirSync(root).filter((name) => name.endsWith('.md'));
  const below = ['docs', '.github'].flatMap((folder) =>
    readdirSync(new URL(`${folder}/`, root), { recursive: true, encoding: 'utf8' }).map(
      (name) => `${folder}/${name.replaceAll('\\', '/')}`,
    ),
  );
  const paths = [...here, ...below.filter((name) => name.endsWith('.md'))];
  return paths.sort().map((path) => ({ path, text: readFileSync(new URL(path, root), 'utf8') }));
}

/** The prose of a Markdown text: without its fenced blocks. */
export function prose(text: string): string {
  return text.replace(/^ *```.*?^ *```$/gms, '');
}

/** The code in a text: each line of its fenced blocks without comments, and each span between backticks. */
export function codeOf(text: string): string[] {
  const fenced = [...text.matchAll(/^ *```\w*\n(.*?)^ *```$/gms)].flatMap(([, block = '']) => block.split('\n'));
  const spans = [...prose(text).matchAll(/`([^`]+)`/g)].map(([, span = '']) => span.replaceAll(/\s+/g, ' '));
  return [...fenced.map((line) => line.replace(/\s+#.*$/, '').trim()), ...spans];
}

import type { HttpAnswer } from './client.ts';

/** The value of `Authorization` for basic authentication; the user name must not have a colon in it. */
export function basicAuthorization(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** The schemes of authentication that an answer of 401 asks for (`Basic`, `Bearer`, `Negotiate`); none where it names none. */
export function schemesAskedFor({ status, headers }: Pick<HttpAnswer, 'status' | 'headers'>): string[] {
  if (status !== 401) return [];
  // A quoted value may hold anything, a comma and the name of another scheme too.
  const challenges = [headers['www-authenticate'] ?? []]
    .flat()
    .join(',')
    .replace(/"(?:[^"\\]|\\.)*"/g, '""');
  return challenges.split(',').flatMap((part) => /^\s*([A-Za-z][\w-]*)(?=\s|$)/.exec(part)?.[1] ?? []);
}

export function asksForBasic(schemes: readonly string[]): boolean {
  return schemes.some((scheme) => scheme.toLowerCase() === 'basic');
}

import type { HttpAnswer } from './client.ts';

/** The value of the `Authorization` header for basic authentication; the user name must not contain a colon. */
export function basicAuthorization(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** The authentication schemes that a 401 names (`Basic`, `Bearer`, `Negotiate`); empty where it names none. */
export function schemesAskedFor({ status, headers }: Pick<HttpAnswer, 'status' | 'headers'>): string[] {
  if (status !== 401) return [];
  // A quoted value may contain anything, even a comma and the name of another scheme.
  const challenges = [headers['www-authenticate'] ?? []]
    .flat()
    .join(',')
    .replace(/"(?:[^"\\]|\\.)*"/g, '""');
  return challenges.split(',').flatMap((part) => /^\s*([A-Za-z][\w-]*)(?=\s|$)/.exec(part)?.[1] ?? []);
}

export function asksForBasic(schemes: readonly string[]): boolean {
  return schemes.some((scheme) => scheme.toLowerCase() === 'basic');
}

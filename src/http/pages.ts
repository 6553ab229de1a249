import type { HttpAnswer } from './client.ts';
import { excerpt } from './excerpts.ts';

export function looksLikeHtml({ headers, body }: Pick<HttpAnswer, 'headers' | 'body'>): boolean {
  return String(headers['content-type'] ?? '').includes('html') || /^\s*<(!doctype|html)/i.test(body);
}

/** How many characters of a page are searched: a regular expression over megabytes of untrusted text could take very long. */
const PAGE_BEGINNING = 20_000;

/** A few words about an unexpected answer that suggest what kind of server sent it. */
export function describePage({ headers, body }: HttpAnswer): string {
  const answer = { headers, body: body.slice(0, PAGE_BEGINNING) };
  const server = answer.headers.server === undefined ? '' : ` from ${excerpt(String(answer.headers.server))}`;
  if (/rocketmq[ -]studio/i.test(answer.body)) return `a page of RocketMQ Studio${server}, which is another kind of server`;
  if (looksLikeHtml(answer)) {
    const title = /<title[^>]*>([^<]*)</i.exec(answer.body)?.[1];
    return title ? `an HTML page titled "${excerpt(title)}"${server}` : `an HTML page${server}`;
  }
  return (answer.body.trim() === '' ? 'an empty body' : `"${excerpt(answer.body)}"`) + server;
}

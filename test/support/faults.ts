import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { type Responder, send } from '../../src/reading/rocketmq-console/replay.ts';

/** Answers a request wrongly; `honest` gives the correct answer. */
export type Fault = (request: IncomingMessage, response: ServerResponse, honest: () => void) => void;

const MEGABYTE = Buffer.alloc(1024 * 1024, ' ');
/** 64 MB of blanks in 64 kB. */
const BOMB = gzipSync(Buffer.alloc(64 * MEGABYTE.length, ' '), { level: 1 });

export const resetBeforeBody: Fault = (request) => void request.socket.resetAndDestroy();

export const resetWithinBody: Fault = (request, response) => {
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': '1000' });
  response.write('{"status":0,', () => request.socket.resetAndDestroy());
};

/** Accepts the request and never answers. */
export const hang: Fault = () => {};

/** Sends byte after byte and never ends: a timeout that counts idle time would wait for ever. */
export const drip: Fault = (_request, response) => {
  response.writeHead(200, { 'Content-Type': 'application/json' });
  const timer = setInterval(() => response.write(' '), 20);
  response.on('close', () => clearInterval(timer));
};

/** Gives the correct answer after a delay, in milliseconds. */
export const late =
  (ms: () => number): Fault =>
  (_request, _response, honest) =>
    void setTimeout(honest, ms());

export const slow = late(() => 60);

export const redirect: Fault = (_request, response) => send(response, 302, { Location: 'http://127.0.0.1:9/elsewhere' }, '');

export const answerWith =
  (status: number, body: unknown = `status ${status}`, headers: Record<string, string> = {}): Fault =>
  (_request, response) =>
    send(response, status, headers, body);

export const html = answerWith(200, '<!doctype html><title>Sign in</title>', { 'Content-Type': 'text/html' });
export const truncatedJson = answerWith(200, '{"status":0,"data":{"topicLi');
export const wrongShape = answerWith(200, { status: 0, data: [['topicList']], errMsg: null });
export const emptyBody = answerWith(200, '');
export const refusal = answerWith(200, { status: -1, data: null, errMsg: 'java.lang.NullPointerException' });

/** Sends more than any answer may contain, for as long as the client reads. */
export const hugeBody: Fault = (_request, response) => {
  response.writeHead(200, { 'Content-Type': 'application/json' });
  let sent = 0;
  const more = () => {
    while (!response.destroyed && sent < 400) {
      sent += 1;
      if (!response.write(MEGABYTE)) return void response.once('drain', more);
    }
    response.end();
  };
  more();
};

export const tooLongContentLength: Fault = (request, response) => {
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': '1000' });
  response.write('{"status":0,"data":{},"errMsg":null}', () => request.socket.end());
};

export const gzipBomb: Fault = (_request, response) => {
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' });
  response.end(BOMB);
};

/** A responder that, while it is switched on, answers the requests that match wrongly. */
export function faultOn(fault: Fault, matches: (request: IncomingMessage) => boolean, isOn: () => boolean = () => true): Responder {
  return (request, response, honest) => {
    if (!isOn() || !matches(request)) return false;
    fault(request, response, honest);
    return true;
  };
}

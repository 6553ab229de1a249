import { X509Certificate } from 'node:crypto';
import * as v from 'valibot';
import { METRIC_LABELS } from '../metrics/metric.ts';

/** Validation of a variable's text and its conversion to a value. Every message says what is expected. */

export const trimmed = v.pipe(v.string(), v.trim(), v.nonEmpty('expected a value'));
export const integer = (min: number, max: number) =>
  v.pipe(
    v.string(),
    v.trim(),
    v.regex(/^\d{1,15}$/, `expected a whole number from ${min} to ${max}`),
    v.transform(Number),
    v.minValue(min, `expected a whole number from ${min} to ${max}`),
    v.maxValue(max, `expected a whole number from ${min} to ${max}`),
  );
export const names = v.pipe(
  v.string(),
  v.transform((value) =>
    value
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== ''),
  ),
);
const PEM_EXPECTED = 'expected PEM text: -----BEGIN CERTIFICATE----- … -----END CERTIFICATE-----';
export const pem = v.pipe(
  v.string(),
  // In a one-line variable, the line ends of PEM text are written as \n.
  v.transform((value) => value.replaceAll('\\n', '\n').replaceAll('\r\n', '\n').trim()),
  v.regex(/^-----BEGIN CERTIFICATE-----\n[\s\S]+-----END CERTIFICATE-----$/, PEM_EXPECTED),
  v.check(isCertificates, `${PEM_EXPECTED}; the text between these two lines is not a certificate`),
);
function isCertificates(text: string): boolean {
  try {
    for (const certificate of text.split(/(?=-----BEGIN CERTIFICATE-----)/)) new X509Certificate(certificate);
    return true;
  } catch {
    return false;
  }
}

/** Removes one trailing line end, which editors and `--value file://…` add. */
export function withoutLineEnd(text: string): string {
  return text.replace(/\r?\n$/, '');
}

/** A secret or a user name: sent as given, spaces included. */
export const credential = v.pipe(
  v.string(),
  v.nonEmpty('expected a value'),
  v.check((value) => !/[\r\n\0]/.test(value), 'expected one line, without line ends'),
);
export const basicUsername = v.pipe(credential, v.excludes(':', 'expected a user name without a colon'));

const URL_EXPECTED = 'expected http(s)://host[:port][/path]';
export const baseUrl = v.pipe(
  trimmed,
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const reject = (message: string) => {
      addIssue({ message });
      return NEVER;
    };
    const url = URL.canParse(dataset.value) ? new URL(dataset.value) : undefined;
    if (url === undefined || !/^https?:$/.test(url.protocol)) return reject(URL_EXPECTED);
    if (url.username !== '' || url.password !== '')
      return reject(`${URL_EXPECTED}, without a user name or password in it (URLs get logged; there are settings for both)`);
    if (url.search !== '' || url.hash !== '') return reject(`${URL_EXPECTED}, without ? or #`);
    return url.origin + url.pathname.replace(/\/+$/, '');
  }),
);

/** Prometheus scrapes `/metrics`, so people copy it. A push goes to `/metrics/job/…`, which is added. */
export const gatewayUrl = v.pipe(
  baseUrl,
  v.check((url) => !/\/metrics(\/job\/.*)?$/.test(url), 'expected the URL of the Pushgateway itself: leave off /metrics and what follows'),
);

const RESERVED_GROUPING = new Set<string>(['job', 'instance', 'rocketmqClusterName', 'namesrvAddr', 'shard', ...METRIC_LABELS]);
export const grouping = v.pipe(
  v.string(),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const reject = (message: string) => {
      addIssue({ message });
      return NEVER;
    };
    let json: unknown;
    try {
      json = JSON.parse(dataset.value);
    } catch {
      return reject('expected a JSON object of label names and values, like {"region":"eu-1"}');
    }
    if (!isLabels(json)) return reject('expected a JSON object whose values are strings, like {"region":"eu-1"}');
    for (const name of Object.keys(json)) {
      if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name) || name.startsWith('__'))
        return reject(`${JSON.stringify(name)} is not a label name: expected letters, digits and _, not a digit first, not __`);
      if (RESERVED_GROUPING.has(name))
        return reject(`${name} cannot be a grouping label: the name is already in use, and would overwrite that label of the metrics`);
    }
    return json;
  }),
);

function isLabels(json: unknown): json is Record<string, string> {
  return (
    typeof json === 'object' && json !== null && !Array.isArray(json) && Object.values(json).every((value) => typeof value === 'string')
  );
}

export const ssmPath = v.pipe(
  trimmed,
  v.transform((path) => path.replace(/\/+$/, '')),
  v.regex(/^(\/[\w.-]+){1,13}$/, 'expected a path of SSM parameters, like /rocketmq-lag-pusher'),
);

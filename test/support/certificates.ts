import { generate } from 'selfsigned';

/** A key and a self-signed certificate for the loopback address, both PEM text. */
export interface Certificate {
  key: string;
  cert: string;
}

const DAY_MS = 86_400_000;

/** `expired`: it was valid until yesterday. */
export async function makeCertificate({ expired = false, host = '127.0.0.1' } = {}): Promise<Certificate> {
  const made = await generate([{ name: 'commonName', value: 'rocketmq-lag-pusher test' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(Date.now() - 30 * DAY_MS),
    notAfterDate: new Date(Date.now() + (expired ? -DAY_MS : DAY_MS)),
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [host === '127.0.0.1' ? { type: 7, ip: host } : { type: 2, value: host }] },
    ],
  });
  return { key: made.private, cert: made.cert };
}

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseClientId } from '../../src/lag/rocketmq-names.ts';

const CASES = [
  { n: 1, proves: 'an instance named by the library is PID and nanotime', id: '192.0.2.2@9195#922817107155', ip: '192.0.2.2', pid: '9195' },
  { n: 2, proves: 'old clients give the PID alone', id: '192.0.2.2@9195', ip: '192.0.2.2', pid: '9195' },
  { n: 3, proves: 'a unit name is no part of the PID', id: '192.0.2.2@9195#919464611927@unitA', ip: '192.0.2.2', pid: '9195' },
  { n: 4, proves: 'nor is the mark of a streaming request', id: '192.0.2.2@9197#913156514297@STREAM', ip: '192.0.2.2', pid: '9197' },
  { n: 5, proves: 'a unit name may follow a PID without nanotime', id: '192.0.2.2@9195@unitA', ip: '192.0.2.2', pid: '9195' },
  { n: 6, proves: 'unit name and stream mark may come together', id: '192.0.2.2@1#2@unitA@STREAM', ip: '192.0.2.2', pid: '1' },
  { n: 7, proves: 'a name that a person chose stands as it is', id: '192.0.2.2@svc@blue', ip: '192.0.2.2', pid: 'svc@blue' },
  { n: 8, proves: 'so does the default name of a broadcast group', id: '192.0.2.2@DEFAULT', ip: '192.0.2.2', pid: 'DEFAULT' },
  { n: 9, proves: 'digits at the start do not make a PID', id: '192.0.2.2@9195-blue', ip: '192.0.2.2', pid: '9195-blue' },
  { n: 10, proves: 'digits at the end do not either', id: '192.0.2.2@blue9195', ip: '192.0.2.2', pid: 'blue9195' },
  { n: 11, proves: 'a # without a nanotime is somebody’s name', id: '192.0.2.2@9195#', ip: '192.0.2.2', pid: '9195#' },
  { n: 12, proves: 'a # before something else is as well', id: '192.0.2.2@9195#x@unitA', ip: '192.0.2.2', pid: '9195#x@unitA' },
  { n: 13, proves: 'a nanotime may be negative', id: '192.0.2.2@9195#-17', ip: '192.0.2.2', pid: '9195' },
  { n: 14, proves: 'without an @ all of it is the IP', id: '192.0.2.2', ip: '192.0.2.2', pid: '' },
  { n: 15, proves: 'digits without an @ are no PID', id: '9195', ip: '9195', pid: '' },
  { n: 16, proves: 'an empty instance is an empty PID', id: '192.0.2.2@', ip: '192.0.2.2', pid: '' },
  { n: 17, proves: 'an empty IP stays empty', id: '@9195#1', ip: '', pid: '9195' },
  { n: 18, proves: 'an IPv6 address is an IP like any other', id: '2001:db8::1@9195#1', ip: '2001:db8::1', pid: '9195' },
  { n: 19, proves: 'a unit name may hold a line end', id: '192.0.2.2@9195#1@a\nb', ip: '192.0.2.2', pid: '9195' },
  { n: 20, proves: 'a line end after the PID is not cut off', id: '192.0.2.2@9195\n', ip: '192.0.2.2', pid: '9195\n' },
  { n: 21, proves: 'leading zeros stay: a PID is text', id: '192.0.2.2@007', ip: '192.0.2.2', pid: '007' },
  { n: 22, proves: 'containers look alike: PID 1 behind one address', id: '172.17.0.1@1#5', ip: '172.17.0.1', pid: '1' },
  { n: 23, proves: 'no client leaves both empty', id: null, ip: '', pid: '' },
  {
    n: 25,
    proves: 'hashes between PID and nanotime, as Alibaba Cloud’s client has them, are no part of the PID',
    id: '192.0.2.2@9195#-1849216153#47#922817107155',
    ip: '192.0.2.2',
    pid: '9195',
  },
  { n: 26, proves: 'nor with a unit name behind them', id: '192.0.2.2@9195#1#2#3@unitA', ip: '192.0.2.2', pid: '9195' },
  { n: 27, proves: 'a hash that is none makes it somebody’s name', id: '192.0.2.2@9195#1#x#3', ip: '192.0.2.2', pid: '9195#1#x#3' },
  { n: 24, proves: 'so does an empty client id', id: '', ip: '', pid: '' },
] as const;

describe('a client id', () => {
  for (const { n, proves, id, ip, pid } of CASES)
    test(`${n}. ${proves}`, () => {
      expect(parseClientId(id)).toEqual({ ip, pid });
    });
});

/** Text in which the characters that matter here are frequent. */
const anyText = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom('@', '#', '-', '1', '90', 'a', '.', '\n') }));

describe('any string is a client id', () => {
  test('the IP is what stands before the first @, and nothing of the PID was invented', () => {
    fc.assert(
      fc.property(anyText, (id) => {
        const { ip, pid } = parseClientId(id);
        expect(ip).toBe(id.split('@', 1)[0]);
        if (id.includes('@')) expect(id.startsWith(`${ip}@${pid}`)).toBe(true);
        else expect(pid).toBe('');
      }),
    );
  });

  test('only what follows a PID of digits is left out', () => {
    fc.assert(
      fc.property(anyText, (id) => {
        const { ip, pid } = parseClientId(id);
        const leftOut = id.slice(`${ip}@${pid}`.length);
        if (leftOut === '') return;
        expect(pid).toMatch(/^\d+$/);
        expect(leftOut).toMatch(/^(#-?\d+)*(@.*)?$/s);
      }),
    );
  });

  test('one process is one client, whatever its nanotime and unit name', () => {
    const nanotime = fc.option(fc.bigInt(), { nil: undefined });
    fc.assert(
      fc.property(fc.ipV4(), fc.nat(), nanotime, fc.option(anyText, { nil: undefined }), (ip, pid, nano, unit) => {
        const id = `${ip}@${pid}${nano === undefined ? '' : `#${nano}`}${unit === undefined ? '' : `@${unit}`}`;
        expect(parseClientId(id)).toEqual({ ip, pid: String(pid) });
      }),
    );
  });
});

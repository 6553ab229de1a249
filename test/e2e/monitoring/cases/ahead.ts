import type { AlertCases } from './alert-cases.ts';
import { override, working } from './working.ts';

export const AHEAD_CASES: AlertCases = {
  OffsetsAhead: {
    fires: [
      working('ahead for good, and nothing is written', { ahead: '300x60' }, { 14: [], 17: ['OffsetsAhead'], 50: ['OffsetsAhead'] }),
      working('the brokers catch up, slowly', { ahead: '300-5x60' }, { 17: ['OffsetsAhead'], 50: ['OffsetsAhead'] }),
      working('and have caught up', { ahead: '300-10x29 stale' }, { 28: ['OffsetsAhead'], 36: [] }),
    ],
    silent: [
      working(
        'a busy queue is ahead between two looks',
        { ahead: '3 _ 7 1 stale 2 9 4 _ 1 6 2 8 1 5 stale 3 7 2 9 1 4 6x3 7x2 1 5 2 8' },
        { 17: [], 25: [] },
      ),
      working('for ten minutes', { ahead: '300x10 stale' }, { 14: [], 17: [], 30: [] }),
      working('a group of which that is known', { ahead: '300x60' }, { 17: [] }, override('ahead', 'Inf')),
      working('nothing is ahead', {}, { 17: [] }),
    ],
  },
};

import { data } from '../../../support/pushed-series.ts';
import type { AlertCases } from './alert-cases.ts';
import { override, working } from './working.ts';

const DEAD_LETTERS = data('dead_letter_offset', { consumerGroup: 'g' });
const RETRY = '%RETRY%g';

export const FAILING_CASES: AlertCases = {
  RetryBacklog: {
    fires: [
      working('500 retries wait', { topic_consumergroup: '500x60', broker_offset: '5000x60' }, { 9: [], 12: ['RetryBacklog'] }, {}, RETRY),
    ],
    silent: [
      working('50 retries wait', { topic_consumergroup: '50x60', broker_offset: '5000x60' }, { 12: [] }, {}, RETRY),
      working('500 wait on an ordinary topic', { topic_consumergroup: '500x60' }, { 12: [] }),
    ],
  },
  RetriesMany: {
    fires: [
      working(
        '20 retries each minute, all of them consumed',
        { broker_offset: '500x20 500+20x30 1100x90' },
        { 20: [], 35: ['RetriesMany'], 75: [] },
        {},
        RETRY,
      ),
    ],
    silent: [
      working('two each minute', { broker_offset: '500+2x90' }, { 35: [], 80: [] }, {}, RETRY),
      working('a broker goes and comes back', { broker_offset: '5000x20 2500x10 5000x60' }, { 25: [], 32: [], 40: [] }, {}, RETRY),
      working('an ordinary topic is busy', {}, { 35: [] }),
    ],
  },
  DeadLetters: {
    fires: [
      working(
        'five more, for an hour',
        {},
        { 129: [], 131: ['DeadLetters'], 185: ['DeadLetters'], 195: [] },
        { [DEAD_LETTERS]: '1900x129 1905x110' },
      ),
      working(
        'the first ever, while the collector watches',
        {},
        { 89: [], 91: ['DeadLetters'], 140: ['DeadLetters'], 155: [] },
        { [DEAD_LETTERS]: '_x90 5x140' },
      ),
    ],
    silent: [
      working('old ones that a new collector finds', {}, { 1: [], 30: [], 61: [], 70: [], 125: [] }, { [DEAD_LETTERS]: '1900x240' }),
      working('a broker goes and comes back', {}, { 131: [], 145: [], 160: [] }, { [DEAD_LETTERS]: '1900x129 950x10 1900x90' }),
      working('a group that may', {}, { 131: [] }, { [DEAD_LETTERS]: '1900x129 1905x110', ...override('dead_letters', 'Inf') }),
    ],
  },
};

import type { GroupBehind } from '../../lag/behind.ts';
import { rotate } from '../topics.ts';
import type { BrokerAddress } from './wire-cluster.ts';

/** A group to ask about, and where. */
export interface PlannedGroup {
  readonly group: GroupBehind;
  /** The masters that hold its queues. */
  readonly masters: readonly BrokerAddress[];
  /** False where the address of one is not known. */
  readonly complete: boolean;
}

/** So much of the requests always goes to the groups furthest behind; the others take turns for the rest. */
const FOR_THE_WORST = 0.5;

/**
 * In which order to ask: the groups furthest behind first, as many as half of the requests are enough for, then the
 * others from another starting point each minute, so that it is not always the same ones that are cut off.
 */
export function planQuestions(
  behind: readonly GroupBehind[],
  brokers: readonly BrokerAddress[],
  requests: number,
  now: number,
): PlannedGroup[] {
  const planned = behind.map((group) => {
    const masters = brokers.filter(({ broker }) => group.brokers.has(broker));
    return { group, masters, complete: new Set(masters.map(({ broker }) => broker)).size === group.brokers.size };
  });
  let spent = 0;
  const rest = planned.findIndex((one) => {
    spent += costOf(one);
    return spent > requests * FOR_THE_WORST;
  });
  return rest === -1 ? planned : [...planned.slice(0, rest), ...rotate(planned.slice(rest), now)];
}

/** Requests that a group seems to need: its masters, and the clients that its rows name; at least one, for rows may name none. */
function costOf({ masters, group }: PlannedGroup): number {
  return masters.length + expectedClients(group);
}

export function expectedClients({ holders }: GroupBehind): number {
  return Math.max(1, holders.size);
}

/** The requests that are left to spend. */
export interface Budget {
  /** Takes at most so many; gives how many it got. */
  take(wanted: number): number;
  giveBack(unused: number): void;
}

export function startBudget(requests: number): Budget {
  let left = requests;
  return {
    take: (wanted) => {
      const taken = Math.min(wanted, left);
      left -= taken;
      return taken;
    },
    giveBack: (unused) => {
      left += unused;
    },
  };
}

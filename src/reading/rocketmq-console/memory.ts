import type { SessionMemory } from './session.ts';

/** What is worth remembering of one console while the Lambda is warm: none of it is a number. */
export interface ConsoleMemory {
  readonly session: SessionMemory;
  readonly messageModels: Map<string, string>;
  /** Groups named like their topic that have no rows and were asked for by group: not asked again. */
  readonly phantoms: Set<string>;
}

export function emptyConsoleMemory(): ConsoleMemory {
  return { session: { generation: 0 }, messageModels: new Map(), phantoms: new Set() };
}

import type { AlertCase } from '../../../support/promtool.ts';

/** For each alert what makes it fire, and the neighbouring cases in which it must be silent. */
export type AlertCases = Readonly<Record<string, { readonly fires: readonly AlertCase[]; readonly silent: readonly AlertCase[] }>>;

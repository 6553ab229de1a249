import type { RunningServer } from '../../scripts/servers/processes.ts';

/** A gateway, and functions that read what it exposes. */
export interface Gateway extends RunningServer {
  /** All sample lines of `/metrics` that we pushed, sorted; the gateway's own metrics and comments left out. */
  samples(): Promise<string[]>;
  /** The value of every sample whose line contains all of `parts`. */
  values(...parts: string[]): Promise<number[]>;
  /** `samples` of the data group and of the health group, without values that differ from tick to tick. */
  groups(): Promise<{ data: string[]; health: string[] }>;
}

export function readable(server: RunningServer): Gateway {
  async function samples(): Promise<string[]> {
    // The gateway answers a DELETE before it has executed it. It executes writes in order, and answers a PUT afterwards.
    await fetch(`${server.url}/metrics/job/settled`, { method: 'PUT', body: '' });
    const text = await (await fetch(`${server.url}/metrics`)).text();
    return text
      .split('\n')
      .filter((line) => /_(msg_diff|broker|tick|process|group)_/.test(line) && !line.startsWith('#'))
      .sort();
  }
  return {
    ...server,
    samples,
    values: async (...parts) =>
      (await samples())
        .filter((line) => parts.every((part) => line.includes(part)))
        .map((line) => Number(line.slice(line.lastIndexOf(' ') + 1))),
    groups: async () => {
      const all = await samples();
      return { data: all.filter((line) => !line.includes('_tick_')), health: all.filter((line) => line.includes('_tick_')) };
    },
  };
}

import { isMap } from './maps.ts';
import type { ScheduledTick } from './schedules.ts';

/** A cluster of RocketMQ, and by how many ticks it is read. */
export interface Cluster {
  readonly name: string;
  readonly shards?: number;
}

const SEGMENT = /^[\w.-]+$/;
const MAX_SHARDS = 99;

/** CloudFormation's, and what the stack has besides its rules. */
const MAX_RESOURCES = 500;
const OTHER_RESOURCES = 11;

/** The ticks that start each minute. */
export function ticksOf(clusters: readonly Cluster[]): ScheduledTick[] {
  return clusters.flatMap(({ name, shards = 1 }) =>
    shards === 1 ? [{ cluster: name }] : Array.from({ length: shards }, (_, index) => ({ cluster: name, shard: `${index + 1}/${shards}` })),
  );
}

/** All that is wrong with `clusters` of deployment.yml. */
export function clusterProblems(clusters: unknown): string[] {
  if (!Array.isArray(clusters) || clusters.length === 0 || !clusters.every(isMap))
    return ['clusters: expected a list of at least one, like "- name: prod"'];
  const problems: string[] = [];
  let ticks = 0;
  for (const { name, shards = 1, ...rest } of clusters) {
    if (typeof name !== 'string' || !SEGMENT.test(name)) {
      const given = name === undefined || name === null ? 'one has no name' : `${JSON.stringify(name)} is not a name`;
      problems.push(
        `clusters: ${given}: expected letters, digits, _, - and .${typeof name === 'number' ? ', in quotes where it is a number' : ''}`,
      );
    }
    if (typeof shards !== 'number' || !Number.isInteger(shards) || shards < 1 || shards > MAX_SHARDS)
      problems.push(`clusters: ${name}: shards: expected a whole number from 1 to ${MAX_SHARDS}`);
    else ticks += shards;
    for (const key of Object.keys(rest)) problems.push(`clusters: ${name}: ${key} is not a key; there are name and shards`);
  }
  const names = clusters.map(({ name }) => name).filter((name) => typeof name === 'string');
  if (new Set(names).size < names.length) problems.push('clusters: two have the same name, and would overwrite each other');
  if (ticks + OTHER_RESOURCES > MAX_RESOURCES)
    problems.push(
      `clusters: ${ticks} ticks a minute are too many for one stack: CloudFormation takes ${MAX_RESOURCES} resources, ${OTHER_RESOURCES} of which are not schedules; deploy the rest as another --stage`,
    );
  return problems;
}

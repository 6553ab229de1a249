import { describe, expect, test } from 'vitest';
import { shardOf } from '../../src/base/names.ts';
import { selectTopics } from '../../src/reading/topics.ts';

describe('a shard of the topics', () => {
  const listed = Array.from({ length: 40 }, (_, index) => `orders-${index}`);
  const shardsOfThree = () => [1, 2, 3].map((index) => selectTopics([...listed, '%SYS%x'], { ignored: [], shard: { index, count: 3 } }));

  test('is the topics of its number, and together they are all, once each', () => {
    const shards = shardsOfThree();
    for (const [at, { wanted }] of shards.entries()) for (const topic of wanted) expect(shardOf(topic, 3)).toBe(at + 1);
    expect(shards.flatMap(({ wanted }) => wanted).toSorted()).toEqual(listed.toSorted());
    expect(shards.map(({ ignored }) => ignored).toSorted()).toEqual([0, 0, 1]);
  });

  test('stays the same on every machine and in every version', () => {
    expect(['orders', 'payments', '订单'].map((topic) => shardOf(topic, 7))).toEqual([4, 4, 1]);
  });
});

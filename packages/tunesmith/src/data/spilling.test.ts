import { expect, test } from 'vitest';
import { openSpilling } from './spilling.ts';

const things = [
  { id: 'a', text: 'ä€😀', nothing: undefined, big: 2n ** 60n },
  { id: 'b', numbers: Int32Array.of(1, -2, 3), odd: [Number.NaN, -0] },
  { id: 'c', text: 'x'.repeat(5000) },
];

test.each([
  ['in memory', Number.POSITIVE_INFINITY],
  ['in part on the disk', 100],
  ['all on the disk', 0],
])('a list whose things lie %s gives them as they were, in any order', (_, most) => {
  const spilling = openSpilling(most);
  const list = spilling.openList<object>();
  const other = spilling.openList<string>();
  for (const thing of things) {
    list.push(thing);
    other.push('between');
  }
  expect([...list]).toEqual(things);
  expect([list.length, list.at(2), list.at(0), list.at(3)]).toEqual([
    3,
    things[2],
    things[0],
    undefined,
  ]);
  expect([...other]).toEqual(['between', 'between', 'between']);
  spilling.close();
});

test('what is used several times in a row is one thing, so that its work is done once', () => {
  const { openList, close } = openSpilling(0);
  const list = openList<object>();
  for (const thing of things) list.push(thing);
  expect(list.at(1)).toBe(list.at(1));
  close();
});

import { describe, expect, test } from 'vitest';
import { groupedShares, mixturePresets, type GroupedSource } from './groups.ts';

const source = (name: string, size: number, group = ''): GroupedSource => ({ name, size, group });

function shares(...args: Parameters<typeof groupedShares>): Record<string, number> {
  return Object.fromEntries(
    [...groupedShares(...args)].map(([name, share]) => [name, Math.round(share * 1e6) / 1e6]),
  );
}

describe('shares of a mixture of mixtures', () => {
  test("FLAN 2021's: in proportion to the examples, each task up to 3,000", () => {
    const sources = [source('large', 90_000), source('small', 1000), source('empty', 0)];
    expect(shares(sources, mixturePresets['flan-2021'])).toEqual({
      large: 0.75,
      small: 0.25,
      empty: 0,
    });
  });

  test("the Flan Collection's: weights of parts, caps of tasks, inverted tasks at 0.3", () => {
    const sources = [
      source('rte', 2490, 'flan2021'),
      source('snli', 500_000, 'flan2021'),
      source('p3', 100, 't0'),
      source('ni', 100, 'niv2'),
      source('gsm', 7473, 'cot/direct'),
      source('gsm-ii', 7473, 'cot/inverted'),
      source('chat', 10, 'dialog/direct'),
    ];
    expect(shares(sources, mixturePresets['flan-2022'])).toEqual({
      rte: 0.030656,
      snli: 0.369344,
      p3: 0.32,
      ni: 0.2,
      gsm: 0.038462,
      'gsm-ii': 0.011538,
      chat: 0.03,
    });
  });

  test('a group without a weight counts by its examples', () => {
    const sources = [source('a', 30), source('b', 10, 'rest'), source('c', 60, 'rest')];
    const rule = { maximum: 50, groups: { rest: { strategy: 'equal' as const } } };
    expect(shares(sources, rule)).toEqual({ a: 0.375, b: 0.3125, c: 0.3125 });
  });

  test.each([
    [[source('a', 1, 'x')], {}, 'the source "a" is in the group "x", which the mixture has not'],
    [
      [source('a', 1)],
      { groups: { x: { weight: 1 } } },
      'is in no group, beside groups with weights',
    ],
    [[source('a', 0)], {}, 'every source of the mixture is empty'],
  ])('%j in %j is refused', (sources, rule, message) => {
    expect(() => groupedShares(sources, rule)).toThrow(message);
  });
});

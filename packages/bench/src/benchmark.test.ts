import { expect, test } from 'vitest';
import { chosenOf, readOptions } from './benchmark.ts';

const defaults = { steps: '9', methods: undefined, out: 'runs/here' };

test('options have their defaults until they are typed', () => {
  const plain = readOptions([], defaults);
  expect(plain.wholeNumber('steps')).toBe(9);
  expect(plain.names('methods')).toBeUndefined();
  expect(plain.json).toBe(false);
  const typed = readOptions(['--steps', '3', '--methods=lora,ia3', '--json'], defaults);
  expect(typed.wholeNumber('steps')).toBe(3);
  expect(typed.names('methods')).toEqual(['lora', 'ia3']);
  expect(typed.chosen('out')).toBe('runs/here');
  expect(typed.json).toBe(true);
});

test('an option of another benchmark is refused, with those that there are', () => {
  expect(() => readOptions(['--dimensions', '5'], defaults)).toThrow(
    /'--dimensions'.*accepted: --json, --steps, --methods, --out/s,
  );
});

test.each(['0', '-1', '1.5', 'many', ''])('"%s" is no number of steps', (steps) => {
  expect(() => readOptions([`--steps=${steps}`], defaults).wholeNumber('steps')).toThrow(
    `--steps is "${steps}"; accepted: a whole number above 0`,
  );
});

test('what a table lacks is refused by its kind and name', () => {
  expect(chosenOf('shape', 'full', { full: 1, small: 2 })).toBe(1);
  expect(() => chosenOf('shape', 'ful', { full: 1, small: 2 })).toThrow(
    'there is no shape "ful"; nearest: "full"; accepted: full, small',
  );
});

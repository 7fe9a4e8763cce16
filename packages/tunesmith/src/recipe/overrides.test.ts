import { prototypeKeys } from '@tunesmith/schema';
import { expect, test } from 'vitest';
import { applyOverrides, parseOverride } from './overrides.ts';

const recipe = { training: { steps: 10 }, data: [{ path: 'a.jsonl' }, { path: 'b.jsonl' }] };
const apply = (...settings: string[]) => applyOverrides(recipe, settings.map(parseOverride));

test.each([
  ['training.steps=200', { ...recipe, training: { steps: 200 } }],
  [
    'training.optimizer.learning_rate=1e-4',
    { ...recipe, training: { steps: 10, optimizer: { learning_rate: 1e-4 } } },
  ],
  ['training.packing=false', { ...recipe, training: { steps: 10, packing: false } }],
  ['method.targets=[q_proj, v_proj]', { ...recipe, method: { targets: ['q_proj', 'v_proj'] } }],
  ['method={ name: lora, r: 8 }', { ...recipe, method: { name: 'lora', r: 8 } }],
  ['data[1].path=c.jsonl', { ...recipe, data: [{ path: 'a.jsonl' }, { path: 'c.jsonl' }] }],
  ['data.0.limit=5', { ...recipe, data: [{ path: 'a.jsonl', limit: 5 }, { path: 'b.jsonl' }] }],
  ['data[2]={ path: c.jsonl }', { ...recipe, data: [...recipe.data, { path: 'c.jsonl' }] }],
  ['output=runs/a=b', { ...recipe, output: 'runs/a=b' }],
])('%s sets its value', (setting, expected) => {
  expect(apply(setting)).toEqual(expected);
});

test('nothing after the equals sign takes the key out', () => {
  expect(apply('training.steps=', 'training.epochs=2')).toEqual({
    ...recipe,
    training: { epochs: 2 },
  });
  expect(apply('data[0]=')).toEqual({ ...recipe, data: [{ path: 'b.jsonl' }] });
});

test.each(['training.__proto__.steps=7', '__proto__={"seed": 5}', 'data[0].__proto__=x'])(
  '%s sets a key, which the check of the recipe then refuses, and no prototype',
  (setting) => {
    const changed = apply(setting);
    const keys = prototypeKeys(changed);
    expect(keys).toHaveLength(1);
    expect((changed as { seed?: number }).seed).toBeUndefined();
    expect(({} as { steps?: number }).steps).toBeUndefined();
  },
);

test('a key that every object inherits is set as any other', () => {
  expect(apply('training.constructor.name=x')).toEqual({
    ...recipe,
    training: { steps: 10, constructor: { name: 'x' } },
  });
});

test('the recipe itself is not changed', () => {
  const before = structuredClone(recipe);
  apply('training.steps=200', 'data[0].path=x');
  expect(recipe).toEqual(before);
});

test.each([
  ['training.steps', '"training.steps" does not set anything; accepted: key=value'],
  ['=3', '"=3" does not set anything'],
  ['a..b=3', '"a..b" has an empty part'],
  ['a=[1, 2', 'the value of "a" is not YAML'],
  ['data[5].path=x', '"data.5" is not in a list of 2; accepted: an index from 0 to 2'],
  ['data.first=x', '"data.first" is not in a list of 2'],
  ['training.steps.more=1', '"training.steps.more" goes through 10'],
])('%s is refused', (setting, message) => {
  expect(() => apply(setting)).toThrow(message);
});

import { expect, test } from 'vitest';
import { applyOverrides, parseOverride } from './overrides.ts';
import { inheritedSettings, withMethodObject } from './replaced-method.ts';

const recipe = { method: { name: 'lora', r: 8, targets: ['q_proj'] } };
const inherited = (...settings: string[]) => {
  const overrides = settings.map(parseOverride);
  return inheritedSettings(recipe, applyOverrides(recipe, overrides), overrides);
};

test('settings that were written for another method are inherited', () => {
  expect(inherited('method.name=bitfit')).toEqual(['r', 'targets']);
});

test('what is set beside the new name is meant for it', () => {
  expect(inherited('method.name=adapter', 'method.targets=[v_proj]')).toEqual(['r']);
});

test('nothing is inherited by the same method, or where the whole method is replaced', () => {
  expect(inherited('method.r=4')).toEqual([]);
  expect(inherited('method.name=lora')).toEqual([]);
  expect(inherited('method={ name: bitfit }')).toEqual([]);
  expect(inherited('method=full')).toEqual([]);
});

test('a method by its name alone takes settings', () => {
  const short = { model: 'm', method: 'lora' };
  const overrides = [parseOverride('method.r=4')];
  expect(applyOverrides(withMethodObject(short, overrides), overrides)).toEqual({
    model: 'm',
    method: { name: 'lora', r: 4 },
  });
  expect(withMethodObject(short, [])).toEqual(short);
});

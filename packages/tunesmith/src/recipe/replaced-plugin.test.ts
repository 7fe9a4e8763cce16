import { expect, test } from 'vitest';
import { applyOverrides, parseOverride } from './overrides.ts';
import { inheritedOptions, withMentionObjects } from './replaced-plugin.ts';

const recipe = { method: { name: 'lora', r: 8, targets: ['q_proj'] } };
const inherited = (...settings: string[]) => {
  const overrides = settings.map(parseOverride);
  return inheritedOptions(recipe, applyOverrides(recipe, overrides), overrides);
};

test('settings that were written for another method are inherited', () => {
  expect(inherited('method.name=bitfit')).toEqual({ method: ['r', 'targets'] });
});

test('what is set beside the new name is meant for it', () => {
  expect(inherited('method.name=adapter', 'method.targets=[v_proj]')).toEqual({ method: ['r'] });
});

test('nothing is inherited by the same method, or where the whole method is replaced', () => {
  expect(inherited('method.r=4')).toEqual({});
  expect(inherited('method.name=lora')).toEqual({});
  expect(inherited('method={ name: bitfit }')).toEqual({});
  expect(inherited('method=full')).toEqual({});
});

test('a method by its name alone takes settings', () => {
  const short = { model: 'm', method: 'lora' };
  const overrides = [parseOverride('method.r=4')];
  expect(applyOverrides(withMentionObjects(short, overrides), overrides)).toEqual({
    model: 'm',
    method: { name: 'lora', r: 4 },
  });
  expect(withMentionObjects(short, [])).toEqual(short);
});

test('of an optimizer and a schedule as of a method', () => {
  const before = { training: { optimizer: { learning_rate: 1e-3, betas: [0.8, 0.9] } } };
  const overrides = ['training.optimizer.name=sgd', 'training.optimizer.learning_rate=1'].map(
    parseOverride,
  );
  const after = applyOverrides(before, overrides);
  expect(inheritedOptions(before, after, overrides)).toEqual({ optimizer: ['betas'] });
  const short = { training: { schedule: 'linear' } };
  const warm = [parseOverride('training.schedule.warmup_steps=4')];
  expect(applyOverrides(withMentionObjects(short, warm), warm)).toEqual({
    training: { schedule: { name: 'linear', warmup_steps: 4 } },
  });
});

test('a model by its place alone takes settings', () => {
  const overrides = [parseOverride('model.precision=int8')];
  expect(applyOverrides(withMentionObjects({ model: 'm' }, overrides), overrides)).toEqual({
    model: { from: 'm', precision: 'int8' },
  });
});

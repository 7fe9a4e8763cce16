import { expect, it } from 'vitest';
import { tf } from '@tunesmith/runtime';
import { baseShape, copiesBySite, tableOf } from './base-names.ts';
import { chainHooks } from './chain-hooks.ts';
import type { Plan } from './plan.ts';
import { checkPlan } from './create-adapter.ts';
import { baseModel } from './test-support/base-models.ts';

const { spec } = await baseModel('gpt2');
const { spec: own } = await baseModel('llama');
const table = 'transformer.wte.weight';
const head = 'lm_head.weight';
const plan = (base: string[], untied?: true): Plan => ({
  tensors: [],
  base,
  sites: [],
  ...(untied ? { untied } : {}),
});
const names = (planned: Plan, model = spec) =>
  Object.fromEntries(copiesBySite(planned, model, (name) => name));

it('the weight of a tied head starts from the table of the embedding', () => {
  expect(tableOf(spec, head)).toBe(table);
  expect(baseShape(spec, head)).toEqual([64, 16]);
  expect(tableOf(own, head)).toBe(head);
});

it('a copy of a shared table serves the head as well, unless the plan parts them', () => {
  expect(names(plan([table]))).toEqual({ [table]: table, [head]: table });
  expect(names(plan([table], true))).toEqual({ [table]: table });
  expect(names(plan([head], true))).toEqual({ [head]: head });
  const embedding = 'model.embed_tokens.weight';
  expect(names(plan([embedding]), own)).toEqual({ [embedding]: embedding });
});

it('only a plan that parts the head may train it apart, and only where it is tied', () => {
  const check = (planned: Plan, model = spec) => checkPlan({ name: 'own' }, planned, model);
  expect(() => check(plan([head]))).toThrow('trains "lm_head.weight", which the model does not');
  expect(check(plan([table, head], true)).base).toEqual([table, head]);
  expect(() => check(plan([head], true), own)).toThrow('a table that it does not share');
});

it('a copy stands where it is asked for by its name, and only there', () => {
  const [base, copy] = [tf.scalar(1), tf.scalar(2)];
  const hooks = chainHooks([{ hooks: {}, copies: new Map([[head, copy]]) }]);
  expect(hooks.parameter!(head, base)).toBe(copy);
  expect(hooks.parameter!(table, base)).toBe(base);
});

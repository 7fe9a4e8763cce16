import type { Adapter } from '@tunesmith/peft';
import { perturbed, testWrittenAdapter } from '@tunesmith/testing';
import { adapter, pfeiffer } from '../bottleneck/method.ts';
import { adapterFusion } from './method.ts';
import { twoAdapters } from './test-support/two-adapters.ts';

const here = (path: string): string => new URL(path, import.meta.url).pathname;
const trained = (adapter: Adapter, seed: number): Adapter => perturbed(adapter, 0.3, seed);
const cases = here('../../golden/fusion');

// packages/peft/adapter/golden/check_adapterhub.py shows these to the Python package `adapters`.
testWrittenAdapter(adapterFusion, { models: here('../../../../testing/fixtures/peft'), cases }, [
  {
    name: 'gpt2-fusion',
    base: 'base_gpt2',
    config: { value: false },
    artifacts: (model) => twoAdapters(model, adapter, trained),
  },
]);
testWrittenAdapter(
  adapterFusion,
  { models: here('../../../../models/test-support/fixtures'), cases },
  [
    {
      name: 'bert-fusion',
      base: 'bert_mlm',
      config: {},
      artifacts: (model) => twoAdapters(model, pfeiffer, trained),
    },
    {
      name: 'bart-fusion',
      base: 'bart',
      config: {},
      artifacts: (model) => twoAdapters(model, adapter, trained),
    },
    {
      name: 't5-fusion',
      base: 't5',
      config: {},
      artifacts: (model) => twoAdapters(model, pfeiffer, trained),
    },
  ],
);

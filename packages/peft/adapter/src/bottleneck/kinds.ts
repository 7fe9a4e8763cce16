import type { BottleneckKind } from './bottleneck.ts';
import { bottleneckConfigSchema, bottleneckSchema } from './config.ts';

/** Houlsby's adapters: after both parts of every layer. */
export const houlsbyKind: BottleneckKind = {
  name: 'adapter',
  description: 'A small trained network with a bottleneck after the sublayers of each block.',
  reference: {
    title: 'Parameter-Efficient Transfer Learning for NLP',
    authors: 'Houlsby et al.',
    year: 2019,
    url: 'https://arxiv.org/abs/1902.00751',
  },
  learningRate: 1e-4,
  form: 'sequential',
  schema: bottleneckConfigSchema,
  factor: 16,
};

/** Pfeiffer's adapters: after the feed-forward part of every layer, reading the sum. */
export const pfeifferKind: BottleneckKind = {
  name: 'pfeiffer',
  description: 'A bottleneck adapter in each block, reading the sum after its feed-forward part.',
  reference: {
    title: 'AdapterFusion: Non-Destructive Task Composition for Transfer Learning',
    authors: 'Pfeiffer et al.',
    year: 2021,
    url: 'https://arxiv.org/abs/2005.00247',
  },
  learningRate: 1e-4,
  form: 'after-sum',
  schema: bottleneckSchema(
    { factor: 16, non_linearity: 'relu', attention: false, scaling: 1 },
    "Pfeiffer's adapters: one in each layer, after its feed-forward part.",
  ),
  factor: 16,
};

/** He's adapters: beside the feed-forward part of every layer, scaled. */
export const parallelKind: BottleneckKind = {
  name: 'parallel-adapter',
  description: 'A scaled bottleneck adapter beside the feed-forward part of each block.',
  reference: {
    title: 'Towards a Unified View of Parameter-Efficient Transfer Learning',
    authors: 'He et al.',
    year: 2022,
    url: 'https://arxiv.org/abs/2110.04366',
  },
  learningRate: 1e-4,
  form: 'parallel',
  schema: bottleneckSchema(
    { factor: 2, non_linearity: 'relu', attention: false, scaling: 4 },
    'Parallel adapters, scaled: one in each layer, beside its feed-forward part.',
  ),
  factor: 2,
};

/** Every kind of bottleneck adapter. */
export const bottleneckKinds: readonly BottleneckKind[] = [houlsbyKind, pfeifferKind, parallelKind];

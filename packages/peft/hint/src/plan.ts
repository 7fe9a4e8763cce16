import type { AttentionSite, ModelSpec } from '@tunesmith/models';
import type { Init, Plan, PlannedTensor } from '@tunesmith/peft';
import type { HintConfig } from './config.ts';
import { hintSites, keyWidth } from './sites.ts';

/** Name of the input that holds the instruction's tokens. */
export const instructionInput = 'instruction';

/** What is generated: each kind of parameter has a network of its own, which serves all layers. */
export type Kind = 'down' | 'up' | 'down_bias' | 'up_bias' | 'key' | 'value';

/** The parts of one kind, each with an embedding: rows of a matrix, biases, keys. */
export interface Parts {
  readonly kind: Kind;
  /** How many sites have them. */
  readonly sites: number;
  /** How many a site has. */
  readonly each: number;
  /** Numbers in one. */
  readonly width: number;
}

/** What is generated for a model, in the order of the embeddings. */
export function partsOf(model: ModelSpec, config: HintConfig): Parts[] {
  const { feedForward, attention } = hintSites(model, config);
  const { adapter_size: size, prefix_tokens: count } = config;
  const adapters = feedForward.length;
  const of = (kind: Kind, sites: number, each: number, width: number): Parts[] =>
    sites === 0 ? [] : [{ kind, sites, each, width }];
  const keys = attention[0] ? keyWidth(attention[0]) : 0;
  return [
    ...of('down', adapters, size, model.width),
    ...of('up', adapters, size, model.width),
    ...of('down_bias', adapters, 1, size),
    ...of('up_bias', adapters, 1, model.width),
    ...of('key', attention.length, count, keys),
    ...of('value', attention.length, count, keys),
  ];
}

/** The first attention of a model: the hypernetwork's own has as many heads, as wide. */
export function firstAttention({ sites }: ModelSpec): AttentionSite {
  return sites.find((site): site is AttentionSite => site.kind === 'attention')!;
}

/**
 * The hypernetwork: an embedding for each part, an attention from these to the encoded instruction, and for each kind of part a
 * network of two maps. What is written last of an adapter starts at zero, so that adapters do nothing at first.
 */
export function planHint(model: ModelSpec, config: HintConfig): Plan {
  const { width } = model;
  const { heads, headDim } = firstAttention(model);
  const hidden = config.hidden_size ?? width;
  const parts = partsOf(model, config);
  const embeddings = parts.reduce((sum, { sites, each }) => sum + sites * each, 0);
  const map = (name: string, out: number, from: number): PlannedTensor => ({
    name: `${name}.weight`,
    shape: [out, from],
    init: { kind: 'normal', std: 1 / Math.sqrt(from) },
  });
  const last = (kind: Kind): Init =>
    kind === 'up' || kind === 'up_bias'
      ? { kind: 'zeros' }
      : { kind: 'normal', std: 1 / Math.sqrt(hidden) };
  const { feedForward, attention, fused } = hintSites(model, config);
  return {
    tensors: [
      { name: 'embeddings', shape: [embeddings, width], init: { kind: 'normal', std: 1 } },
      ...['query', 'key', 'value'].map((role) => map(`attention.${role}`, heads * headDim, width)),
      map('attention.output', width, heads * headDim),
      ...parts.flatMap(({ kind, width: out }) => [
        map(`${kind}.hidden`, hidden, width),
        { ...map(`${kind}.output`, out, hidden), init: last(kind) },
      ]),
    ],
    base: [],
    sites: [
      ...new Set(
        [...feedForward, ...attention, ...fused.map((one) => one.attention)].map(
          ({ name }) => name,
        ),
      ),
    ],
    inputs: [
      {
        name: instructionInput,
        key: config.instruction_key,
        dtype: 'int32',
        size: config.instruction_tokens,
        text: true,
      },
    ],
  };
}

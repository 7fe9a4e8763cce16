import { ownFormat } from '@tunesmith/peft';
import type { PeftMethod } from '@tunesmith/peft';
import { hintConfigSchema, type HintConfig } from './config.ts';
import { generateHint } from './generate.ts';
import { hintHooks } from './hooks.ts';
import { planHint } from './plan.ts';

/**
 * HINT, hypernetworks for instruction tuning: a network reads an instruction, as the frozen base encodes it, and writes the
 * parameters by which the base follows it. The instruction itself need not stand in the input.
 *
 * - Beside each feed-forward part an adapter, `h ← h + U gelu(D x + b) + c`, x what the part receives.
 * - In each attention n keys and values before those of the tokens; they have no positions.
 * - In an encoder-decoder the decoder also attends to the encoded instruction (fusion), by the base's own maps.
 *
 * Each row of D and U, each bias, each key and value has an embedding e; with H the encoded instruction it is
 * `W₂ gelu(W₁ (e + attend(e, H))) / √width`, the networks W shared by all layers. Adapters start at zero, prefixes near it.
 *
 * Parameters, with S feed-forward parts, A attentions, adapters of width s, n prefix tokens, width d, keys of width k, queries of
 * width q and h inside: (S (2s + 2) + 2An) · d + 4dq + h · (4d + s + 3d + 2 (d + k)); without adapters or prefixes less their
 * terms. There is no merge: every instruction has parameters of its own. In the paper all of the base trains along; here it is
 * frozen.
 *
 * @see Ivison et al., HINT: Hypernetwork Instruction Tuning for Efficient Zero- and Few-Shot Generalisation, 2023,
 * https://arxiv.org/abs/2212.10315
 */
export const hint: PeftMethod<HintConfig> = {
  specVersion: 2,
  name: 'hint',
  description: 'A network that turns an instruction into adapters and prefixes.',
  reference: {
    title: 'HINT: Hypernetwork Instruction Tuning for Efficient Zero- and Few-Shot Generalisation',
    authors: 'Ivison et al.',
    year: 2023,
    url: 'https://arxiv.org/abs/2212.10315',
  },
  learningRate: 1e-3,
  options: hintConfigSchema,
  plan: planHint,
  generate: generateHint,
  hooks: hintHooks,
  files: ownFormat<HintConfig>({
    package: '@tunesmith/hint',
    method: 'hint',
    schema: hintConfigSchema,
    plan: planHint,
  }),
};

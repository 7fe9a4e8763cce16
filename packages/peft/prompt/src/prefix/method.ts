import { tf } from '@tunesmith/runtime';
import type { Hooks, ModelSpec } from '@tunesmith/models';
import { savedModules } from '@tunesmith/peft';
import type { HookScope, PeftMethod, Plan } from '@tunesmith/peft';
import { tensorAlgebra } from '../algebra.ts';
import { requireRoom } from '../room.ts';
import { prefixConfigSchema } from './config.ts';
import type { PrefixConfig } from './config.ts';
import { prefixFiles } from './files.ts';
import { keyWidth, plannedPrefix, prefixedSites, prefixOf } from './network.ts';

/**
 * Prefix tuning: in every attention n trained keys and values `[n, kvHeads, headDim]` that every token sees before those of the
 * tokens; everything else is frozen. In an encoder-decoder they stand where the decoder sees itself. Positions are counted as if
 * n tokens came before, so that biases by distance and windows treat the prefix as PEFT's cache does.
 *
 * `context = softmax(Q [K_p; K]ᵀ / √headDim) [V_p; V]`
 *
 * With `projection` the prefix is `W₂ tanh(W₁ e + b₁) + b₂` of trained vectors e `[n, d]`, d the width of keys; files then hold its
 * outcome, and beside it the network, so that training may go on.
 *
 * Parameters, with L layers and h the width inside: n · 2Ld; with `projection` n·d + (d + 1)·h + (h + 1)·2Ld. Plus the modules of
 * `modules_to_save`. There is no state without effect, since the prefix takes a share of attention from the start; and no merge.
 *
 * @see Li and Liang, Prefix-Tuning: Optimizing Continuous Prompts for Generation, 2021, https://arxiv.org/abs/2101.00190
 */
export const prefixTuning: PeftMethod<PrefixConfig> = {
  specVersion: 2,
  name: 'prefix-tuning',
  description: 'Trained keys and values before those of the tokens in every attention.',
  reference: {
    title: 'Prefix-Tuning: Optimizing Continuous Prompts for Generation',
    authors: 'Li and Liang',
    year: 2021,
    url: 'https://arxiv.org/abs/2101.00190',
  },
  learningRate: 5e-3,
  options: prefixConfigSchema,
  plan: planPrefix,
  hooks: prefixHooks,
  files: prefixFiles,
};

/** What gives the prefix, and the modules that train whole. */
function planPrefix(model: ModelSpec, config: PrefixConfig): Plan {
  const count = config.virtual_tokens;
  requireRoom(model, count);
  return {
    tensors: plannedPrefix(model, config),
    ...savedModules('@tunesmith/prompt', model, config.modules_to_save),
    sites: prefixedSites(model).map(({ name }) => name),
    virtualTokens: { place: 'keys', count },
  };
}

function prefixHooks({ config, model, parameter }: HookScope<PrefixConfig>): Hooks {
  const layers = new Map(prefixedSites(model).map(({ name }, layer) => [name, layer]));
  let whole: tf.Tensor | undefined;
  return {
    attention(site, call) {
      const layer = layers.get(site.name);
      if (layer === undefined) return call;
      whole ??= prefixOf(tensorAlgebra, config, parameter);
      const width = keyWidth(site);
      const part = (index: number): tf.Tensor =>
        tf.reshape(tf.slice(whole!, [0, index * width], [-1, width]), [
          -1,
          site.kvHeads,
          site.headDim,
        ]);
      return { ...call, prefix: { key: part(2 * layer), value: part(2 * layer + 1) } };
    },
  };
}

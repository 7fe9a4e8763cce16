import { definePlugin } from '@tunesmith/schema';
import {
  attentionLayer,
  buildAttention,
  buildFeedForward,
  createHead,
  createSpecBuilder,
  feedForwardLayer,
  gatedNames,
  memoize,
  openPass,
  readActivation,
  readConfiguration,
  readHeads,
  readRotary,
  refuseUnsupportedSettings,
} from '@tunesmith/models';
import { tf } from '@tunesmith/runtime';

/** What a configuration means: the specification, and what the forward pass needs beside it. */
const planOf = memoize((configurationObject) => {
  const configuration = readConfiguration(configurationObject);
  refuseUnsupportedSettings(configuration);
  const width = configuration.integer('hidden_size');
  const inner = configuration.integer('intermediate_size');
  const maximumPositions = configuration.integer('max_position_embeddings');
  const heads = readHeads(configuration, width);
  const rotary = readRotary(configuration, { headDim: heads.headDim, maximumPositions });
  const activation = readActivation(configuration, 'hidden_act', 'silu');
  const epsilon = configuration.positive('rms_norm_eps', 1e-6);

  const build = createSpecBuilder();
  /** @param {string} name @param {{ layer?: number }} [place] */
  const norm = (name, place) => build.norm(name, { formula: 'rms', epsilon, width, ...place });
  const vocabulary = configuration.integer('vocab_size');
  const embed = build.embed('model.embed_tokens', { vocabulary, width });
  const layers = configuration.integer('num_hidden_layers');
  const blocks = Array.from({ length: layers }, (_, layer) => {
    const place = { layer };
    const [block, name] = [`model.layers.${layer}`, `model.layers.${layer}.mlp`];
    const before = norm(`${block}.norm`, place);
    const attention = buildAttention(build, {
      place,
      name: `${block}.attention`,
      width,
      heads: {
        ...heads,
        sees: 'causal',
      },
      biases: {
        queryKeyValue: false,
        output: false,
      },
    });
    const feedForward = buildFeedForward(build, {
      place,
      name,
      width,
      inner,
      bias: false,
      names: gatedNames(name),
    });
    return {
      before,
      attention: { ...attention, rotary },
      feedForward: { ...feedForward, activation },
      lane: build.tensor(`${block}.lane`, [width]),
    };
  });
  const finalNorm = norm('model.norm');
  const head = build.head('lm_head', embed, true);
  const spec = build.spec({
    modelType: 'lanes',
    kind: 'decoder',
    width,
    maximumPositions,
    tied: true,
    embed,
    head,
    configuration: /** @type {Record<string, unknown>} */ (configurationObject),
  });
  return { spec, blocks, finalNorm };
});

/**
 * A decoder whose sub-layers run side by side, each block's contribution weighted channel by channel.
 *
 * `x ← x + lane ∘ (attention(n) + down(silu(gate n) · up n))` with `n = norm(x)`, for each block.
 *
 * @type {import('@tunesmith/models').Architecture}
 */
export const lanes = {
  specVersion: 2,
  name: 'lanes',
  description: 'Decoders whose sub-layers run side by side, weighted channel by channel.',
  modelTypes: ['lanes'],
  spec: (configuration) => planOf(configuration).spec,
  forward(spec, scope, batch) {
    const { blocks, finalNorm } = planOf(spec.configuration);
    const pass = openPass(spec, scope, batch);
    let x = pass.embed(spec.embed); // [batch, tokens, width]
    for (const { before, attention, feedForward, lane } of blocks) {
      const n = scope.norm(before, x);
      // methods may change what each layer adds to the stream
      const seen = { input: n, stream: x, normalizeSum: (/** @type {tf.Tensor} */ sum) => sum };
      const added = tf.add(
        scope.sublayer(attention.sublayer, {
          ...seen,
          output: attentionLayer(pass, attention, n),
        }),
        scope.sublayer(feedForward.sublayer, {
          ...seen,
          output: feedForwardLayer(scope, feedForward, n),
        }),
      );
      x = tf.add(x, tf.mul(added, scope.parameter(lane)));
    }
    return pass.result(scope.norm(finalNorm, pass.keep(x)));
  },
  head: createHead,
};

export const plugins = [definePlugin('architecture', lanes)];

import { linear } from '@tunesmith/kernels';
import { constant, tf } from '@tunesmith/runtime';
import type { Hooks, SublayerCall } from '@tunesmith/models';
import type { HookScope, PeftMethod } from '@tunesmith/peft';
import { bottleneckInput, bottleneckUpdate } from '../bottleneck/bottleneck.ts';
import { fusionConfigSchema } from './config.ts';
import type { FusionConfig } from './config.ts';
import { fusionFiles } from './files.ts';
import { membersOf, memberTensor, prepareFusion } from './members.ts';
import { fusionNames, planFusion } from './plan.ts';

/**
 * AdapterFusion: adapters of several tasks, trained before and now frozen, are mixed by attention at every place where they stand,
 * and only the attention trains.
 *
 * With x what the adapters read, z_i what adapter i adds to h: `p = softmax_i((Q x + b)·(K z_i + c))`, `h ← h + Σ_i p_i V z_i`. V
 * starts as the identity, and the loss gains `regularization · Σ ‖V − I‖²`.
 *
 * Parameters: (3 · width² + 2 · width) for each adapted sub-layer, or 2 · width² + 2 · width without `value`. It starts as the
 * mean of the adapters, nearly. No merge.
 *
 * @see Pfeiffer et al., AdapterFusion: Non-Destructive Task Composition for Transfer Learning, 2021,
 * https://arxiv.org/abs/2005.00247
 */
export const adapterFusion: PeftMethod<FusionConfig> = {
  specVersion: 2,
  name: 'adapter-fusion',
  description: 'Trained attention over the adapters of several tasks.',
  reference: {
    title: 'AdapterFusion: Non-Destructive Task Composition for Transfer Learning',
    authors: 'Pfeiffer et al.',
    year: 2021,
    url: 'https://arxiv.org/abs/2005.00247',
  },
  learningRate: 5e-5,
  options: fusionConfigSchema,
  prepare: prepareFusion,
  plan: planFusion,
  hooks: fusionHooks,
  penalty: distanceFromIdentity,
  files: fusionFiles,
};

function fusionHooks(scope: HookScope<FusionConfig>): Hooks {
  const sites = new Set(scope.plan.sites);
  return {
    sublayer: (site, call) =>
      sites.has(site.name) ? tf.add(call.output, mixed(scope, site.name, call)) : call.output,
  };
}

/** `Σ_i p_i V z_i` at a sub-layer, `[batch, tokens, width]`. */
function mixed(
  { config, parameter, dropout }: HookScope<FusionConfig>,
  site: string,
  call: SublayerCall,
): tf.Tensor {
  const { adapters, form } = membersOf(config);
  const x = bottleneckInput(form, call);
  const names = fusionNames(site);
  const map = (of: tf.Tensor, weight: string, bias?: string): tf.Tensor =>
    linear(of, parameter(weight), {
      layout: 'out_in',
      ...(bias === undefined ? {} : { bias: parameter(bias) }),
    });
  const query = map(x, names.queryWeight, names.queryBias);
  const given = adapters.map(({ name, config: own }) =>
    bottleneckUpdate(own, site, x, (tensor) => parameter(memberTensor(name, tensor))),
  );
  // [batch, tokens, adapters]
  const scores = tf.concat(
    given.map((one) => tf.sum(tf.mul(query, map(one, names.keyWeight, names.keyBias)), -1, true)),
    -1,
  );
  const shares = tf.split(tf.softmax(dropout(scores, config.dropout, site)), adapters.length, -1);
  const values = config.value ? given.map((one) => map(one, names.valueWeight)) : given;
  return values.map((value, i) => tf.mul(value, shares[i]!)).reduce((sum, one) => tf.add(sum, one));
}

function distanceFromIdentity({
  config,
  plan,
  model,
  parameter,
}: HookScope<FusionConfig>): tf.Scalar {
  const { width } = model;
  if (!config.value || config.regularization === 0) return tf.scalar(0);
  const data = Float32Array.from({ length: width * width }, (_, i) =>
    i % (width + 1) === 0 ? 1 : 0,
  );
  const identity = constant({ data, shape: [width, width], dtype: 'float32' });
  const squares = plan.sites.map((site) =>
    tf.sum<tf.Scalar>(tf.square(tf.sub(parameter(fusionNames(site).valueWeight), identity))),
  );
  return tf.mul<tf.Scalar>(tf.addN(squares), config.regularization);
}

import { gelu, linear, relu, silu } from '@tunesmith/kernels';
import { tf } from '@tunesmith/runtime';
import type { Hooks, SublayerCall } from '@tunesmith/models';
import type { HookScope, PeftMethod } from '@tunesmith/peft';
import type { BottleneckConfig, bottleneckSchema } from './config.ts';
import { bottleneckFiles } from './files.ts';
import { bottleneckNames, planBottleneck } from './plan.ts';

/**
 * What an adapter reads, of a sub-layer that gives h onto the stream r:
 *
 * - `sequential`: h.
 * - `after-sum`: norm(r + h), the norm that the base has there or none.
 * - `parallel`: r.
 */
export type BottleneckForm = 'sequential' | 'after-sum' | 'parallel';

/** What distinguishes one method of bottleneck adapters. */
export interface BottleneckKind extends Pick<
  PeftMethod<BottleneckConfig>,
  'name' | 'description' | 'reference' | 'learningRate'
> {
  readonly form: BottleneckForm;
  readonly schema: ReturnType<typeof bottleneckSchema>;
  /** The model's width over the bottleneck's where a recipe says nothing. */
  readonly factor: number;
}

/** A method of bottleneck adapters: `h ← h + s · (W₂ f(W₁ x + b₁) + b₂)`, x by its {@link BottleneckForm}. */
export function bottleneckMethod(kind: BottleneckKind): PeftMethod<BottleneckConfig> {
  const { name, description, form, schema, factor } = kind;
  return {
    specVersion: 2,
    name,
    description,
    ...(kind.reference ? { reference: kind.reference } : {}),
    ...(kind.learningRate === undefined ? {} : { learningRate: kind.learningRate }),
    options: schema,
    plan: (model, config) => planBottleneck(model, config, factor),
    hooks: (scope) => bottleneckHooks(scope, form),
    files: bottleneckFiles(kind),
  };
}

const functions: Readonly<Record<BottleneckConfig['non_linearity'], (x: tf.Tensor) => tf.Tensor>> =
  {
    gelu: (x) => gelu(x, 'none'),
    gelu_new: (x) => gelu(x, 'tanh'),
    relu,
    swish: silu,
    tanh: (x) => tf.tanh(x),
  };

/** What an adapter of a form reads. */
export function bottleneckInput(
  form: BottleneckForm,
  { output, stream, normalizeSum }: SublayerCall,
): tf.Tensor {
  if (form === 'parallel') return stream;
  return form === 'after-sum' ? normalizeSum(tf.add(stream, output)) : output;
}

/**
 * What one adapter adds: `s · (W₂ f(W₁ x + b₁) + b₂)`.
 *
 * @param parameter the adapter's tensors by the names of {@link bottleneckNames}
 */
export function bottleneckUpdate(
  { non_linearity: inner, scaling }: Pick<BottleneckConfig, 'non_linearity' | 'scaling'>,
  site: string,
  x: tf.Tensor,
  parameter: (name: string) => tf.Tensor,
): tf.Tensor {
  const names = bottleneckNames(site);
  // [batch, tokens, width] → [batch, tokens, size] → [batch, tokens, width]
  const down = linear(x, parameter(names.downWeight), {
    layout: 'out_in',
    bias: parameter(names.downBias),
  });
  const up = linear(functions[inner](down), parameter(names.upWeight), {
    layout: 'out_in',
    bias: parameter(names.upBias),
  });
  if (scaling === 1) return up;
  return tf.mul(up, typeof scaling === 'number' ? scaling : parameter(names.scaling));
}

function bottleneckHooks(
  { config, plan, parameter, dropout }: HookScope<BottleneckConfig>,
  form: BottleneckForm,
): Hooks {
  const adapted = new Set(plan.sites);
  return {
    sublayer(site, call) {
      if (!adapted.has(site.name)) return call.output;
      const x = bottleneckInput(form, call);
      const update = bottleneckUpdate(config, site.name, x, parameter);
      return tf.add(call.output, dropout(update, config.dropout, site.name));
    },
  };
}

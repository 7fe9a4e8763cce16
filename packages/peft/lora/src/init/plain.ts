import type { Adapter } from '@tunesmith/peft';
import type { HostTensor } from '@tunesmith/runtime';
import type { LoraConfig } from '../config.ts';
import { loraNames } from '../names.ts';
import { planLora } from '../plan.ts';
import { targetSites } from '../targets.ts';

type Parts = Pick<Adapter<LoraConfig>, 'name' | 'config' | 'plan' | 'model' | 'parameters'>;

/**
 * The adapter as plain LoRA that any program adds to the unchanged base. One that began as a part of the weight, which was taken
 * out of the base for it, becomes one of twice the rank: `A' = [A; A₀]`, `B' = [B, −B₀]`, and alpha twice as large (√2 times with
 * `use_rslora`), so that the scale stays. Others are themselves.
 */
export function plainLora(adapter: Parts): Parts {
  const { config, plan, model, parameters } = adapter;
  const moved = targetSites(model, config).filter((site) =>
    plan.tensors.some(({ name }) => name === loraNames(site).startA),
  );
  if (moved.length === 0) return adapter;
  const more = config.use_rslora ? Math.SQRT2 : 2;
  const plain: LoraConfig = {
    ...config,
    init: 'kaiming-uniform',
    r: 2 * config.r,
    alpha: more * config.alpha,
    rank_pattern: scaled(config.rank_pattern, 2),
    alpha_pattern: scaled(config.alpha_pattern, more),
  };
  const joined: Record<string, HostTensor> = { ...parameters };
  for (const site of targetSites(model, config)) {
    const names = loraNames(site);
    const isMoved = moved.includes(site);
    const [a, b] = [parameters[names.a]!, parameters[names.b]!];
    // What is not moved, an embedding, has the same scale at twice the rank with zeros beside its own.
    const [startA, startB] = isMoved
      ? [parameters[names.startA]!, parameters[names.startB]!]
      : [zerosLike(a), zerosLike(b)];
    joined[names.a] = below(a, startA);
    joined[names.b] = beside(b, startB);
    delete joined[names.startA];
    delete joined[names.startB];
  }
  return { ...adapter, config: plain, plan: planLora(model, plain), parameters: joined };
}

function scaled(pattern: Readonly<Record<string, number>>, by: number): Record<string, number> {
  return Object.fromEntries(Object.entries(pattern).map(([key, value]) => [key, by * value]));
}

function zerosLike({ shape, data }: HostTensor): HostTensor {
  return { shape, dtype: 'float32', data: new Float32Array(data.length) };
}

/** `[A; A₀]`. */
function below(a: HostTensor, start: HostTensor): HostTensor {
  const [rank = 0, width = 0] = a.shape;
  const data = new Float32Array(2 * a.data.length);
  data.set(a.data);
  data.set(start.data, a.data.length);
  return { shape: [2 * rank, width], dtype: 'float32', data };
}

/** `[B, −B₀]`. */
function beside(b: HostTensor, start: HostTensor): HostTensor {
  const [out = 0, rank = 0] = b.shape;
  const data = new Float32Array(2 * b.data.length);
  for (let row = 0; row < out; row += 1)
    for (let k = 0; k < rank; k += 1) {
      data[row * 2 * rank + k] = b.data[row * rank + k]!;
      data[row * 2 * rank + rank + k] = -start.data[row * rank + k]!;
    }
  return { shape: [out, 2 * rank], dtype: 'float32', data };
}

import { TunesmithError } from '@tunesmith/schema';
import type { ComputedWeight } from '@tunesmith/models';
import type { MergeScope, Merged, WeightSite } from '@tunesmith/peft';
import type { HostTensor } from '@tunesmith/runtime';
import type { LoraConfig } from './config.ts';
import { loraNames } from './names.ts';
import { scalingOf } from './rank.ts';
import { targetSites } from './targets.ts';
import { mergedRows, tokenRows } from './token-rows.ts';

/** A change of a weight: `factors` scales each output of `W + s · B A`, both from the weight as it lies. */
export interface WeightUpdate {
  /** A `[r, in]` and B `[out, r]`, and what their product is scaled by; several add up. */
  readonly products: readonly { a: HostTensor; b: HostTensor; scaling: number }[];
  /** New lengths of the outputs, of DoRA. */
  readonly lengths?: HostTensor;
}

/**
 * The weight of a site with an update folded in, in double precision.
 *
 * @param weight as it lies: `[out, in]` or `[in, out]`, of an embedding `[vocabulary, width]`
 */
export function updatedWeight(
  site: WeightSite,
  weight: HostTensor,
  { products, lengths }: WeightUpdate,
): HostTensor {
  const [inputs, outputs] =
    site.kind === 'linear' ? [site.in, site.out] : [site.vocabulary, site.width];
  const rowsAreOutputs = site.kind === 'linear' && site.layout === 'out_in';
  // Strides of the weight in steps of one output and one input.
  const [outStep, inStep] = rowsAreOutputs ? [inputs, 1] : [1, outputs];
  const before = floats(weight);
  const merged = new Float32Array(before.length);
  const factors = products.map(({ a, b, scaling }) => ({
    a: floats(a),
    b: floats(b),
    rank: a.shape[0] ?? 0,
    scaling,
  }));
  const row = new Float64Array(inputs);
  for (let out = 0; out < outputs; out += 1) {
    const start = out * outStep;
    for (let i = 0; i < inputs; i += 1) row[i] = before[start + i * inStep]!;
    for (const { a, b, rank, scaling } of factors)
      addProduct(row, b.subarray(out * rank, (out + 1) * rank), a, scaling);
    if (lengths) scaleTo(row, floats(lengths)[out]!);
    for (let i = 0; i < inputs; i += 1) merged[start + i * inStep] = row[i]!;
  }
  return { shape: weight.shape, dtype: 'float32', data: merged };
}

/** row + scaling · b A in place, b `[r]` and A `[r, columns]`; four rows of A at a pass, which takes half the time of one by one. */
function addProduct(row: Float64Array, b: Float32Array, a: Float32Array, scaling: number): void {
  const columns = row.length;
  const factor = (k: number): number => (k < b.length ? scaling * b[k]! : 0);
  for (let k = 0; k < b.length; k += 4) {
    const [first, second, third, fourth] = [factor(k), factor(k + 1), factor(k + 2), factor(k + 3)];
    // Rows beyond the last are the last again, times 0.
    const start = (of: number): number => Math.min(of, b.length - 1) * columns;
    const [one, two, three, four] = [start(k), start(k + 1), start(k + 2), start(k + 3)];
    for (let i = 0; i < columns; i += 1) {
      row[i] =
        row[i]! +
        (first * a[one + i]! +
          second * a[two + i]! +
          third * a[three + i]! +
          fourth * a[four + i]!);
    }
  }
}

/** Stretches a row to a length, in place. */
function scaleTo(row: Float64Array, length: number): void {
  const factor = length / Math.sqrt(row.reduce((sum, value) => sum + value ** 2, 0));
  for (let i = 0; i < row.length; i += 1) row[i] = row[i]! * factor;
}

function floats({ data }: HostTensor): Float32Array {
  return data as Float32Array;
}

/** Row i of a matrix times `factors[i]`. */
export function scaledRows({ shape, data }: HostTensor, factors: HostTensor): HostTensor {
  const columns = shape[1]!;
  const scaled = Float32Array.from(
    data,
    (value, i) => value * factors.data[Math.floor(i / columns)]!,
  );
  return { shape, dtype: 'float32', data: scaled };
}

/** What an adapter's tensors change of a site's weight. */
export function updateOfSite(
  site: WeightSite,
  { config, plan, parameter }: Pick<MergeScope<LoraConfig>, 'config' | 'plan' | 'parameter'>,
): WeightUpdate {
  const names = loraNames(site);
  const scaling = scalingOf(config, site.name);
  const starts = plan.tensors.some(({ name }) => name === names.startA);
  return {
    products: [
      { a: parameter(names.a), b: parameter(names.b), scaling },
      ...(starts
        ? [{ a: parameter(names.startA), b: parameter(names.startB), scaling: -scaling }]
        : []),
    ],
    ...(config.use_dora ? { lengths: parameter(names.magnitude) } : {}),
  };
}

/**
 * LoRA folded into the base's weights.
 *
 * @throws TunesmithError `cannot-merge` for an update of an embedding whose table the encoder and the decoder share, and for a
 * bias of an update where the map has none
 */
export function mergeLora(scope: MergeScope<LoraConfig>): Merged {
  const { config, plan, model, parameter, base } = scope;
  const sites = targetSites(model, config);
  const tensors: Record<string, ComputedWeight> = {};
  for (const site of sites) {
    const weight = (site.kind === 'linear' ? site.ownWeight : undefined) ?? site.weight;
    if (weight in tensors || (site.kind === 'embed' && isShared(site.weight, scope)))
      throw cannotMerge(`"${site.name}" shares its table with the other stack`, site.name);
    const update = updateOfSite(site, scope);
    tensors[weight] = {
      shape: model.tensors[site.weight]!.shape,
      compute: async () => updatedWeight(site, await base(weight), update),
    };
    if (site.kind === 'linear' && config.lora_bias) {
      const { bias } = site;
      if (bias === undefined)
        throw cannotMerge(`"${site.name}" has no bias to add the update's to`, site.name);
      const scaling = scalingOf(config, site.name);
      const own = parameter(loraNames(site).bias);
      tensors[bias] = {
        shape: own.shape,
        compute: async () => addScaled(await base(bias), own, scaling),
      };
    }
  }
  for (const rows of tokenRows(model, config)) {
    const { ownWeight, weight } = model.head;
    const tables = [rows.table];
    // A head that parts from its table for another reason has the rows as well, as it has while the two are one.
    if (plan.untied === true && ownWeight !== undefined && rows.table === weight)
      tables.push(ownWeight);
    for (const table of tables)
      tensors[table] = {
        shape: model.tensors[rows.table]!.shape,
        compute: async () => mergedRows(await base(table), parameter(rows.name), rows),
      };
  }
  return { tensors };
}

function isShared(table: string, { model }: MergeScope<LoraConfig>): boolean {
  return model.sites.filter((site) => site.kind === 'embed' && site.weight === table).length > 1;
}

function addScaled(one: HostTensor, other: HostTensor, factor: number): HostTensor {
  const data = Float32Array.from(one.data, (value, i) => value + factor * other.data[i]!);
  return { shape: one.shape, dtype: 'float32', data };
}

function cannotMerge(message: string, value: string): TunesmithError {
  return new TunesmithError({
    package: '@tunesmith/lora',
    code: 'cannot-merge',
    message,
    value,
    accepted: 'keep it as an adapter beside the base model',
  });
}

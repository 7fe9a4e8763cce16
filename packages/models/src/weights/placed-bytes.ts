import type { ModelSpec } from '../model.ts';
import { encodedBytes } from './encoding.ts';
import { float32 } from './float-encodings.ts';
import { int8Columns } from './int8-columns.ts';
import { int8Sites } from './int8.ts';
import { nf4 } from './nf4.ts';
import type { PrecisionName } from './place.ts';

/**
 * Bytes that a model's weights take on a device, before any is read: what {@link PlacedModel} counts once they are there. In
 * int8 a map's integers lie there twice, once for products and, as soon as something trains, once for gradients, and in int16 both twice
 * over; factors of calibration, one a channel, are not counted.
 *
 * @param precision the name of the precision that the model is placed in
 */
export function placedBytes(
  spec: ModelSpec,
  precision: PrecisionName = 'float32',
  {
    head = false,
  }: {
    /** Whether in int8 the head computes in integers too: they lie beside its weight. */
    readonly head?: boolean;
  } = {},
): number {
  // How many blocks there are of which kind only the files tell; float32 is the most that it can be.
  if (precision === 'blocks') return placedBytes(spec);
  const sites = new Map(
    precision === 'float32' ? [] : int8Sites(spec).map((site) => [site.weight, site] as const),
  );
  const { layout, in: width, out } = spec.head;
  const ofHead = layout === 'out_in' ? [out, width] : [width, out];
  const beside = head && precision === 'int8' ? encodedBytes(int8Columns(layout), ofHead) : 0;
  return Object.entries(spec.tensors).reduce((sum, [name, { shape }]) => {
    const site = sites.get(name);
    if (!site) return sum + encodedBytes(float32, shape);
    if (precision === 'nf4') return sum + encodedBytes(nf4, shape);
    const other = site.layout === 'out_in' ? 'in_out' : 'out_in';
    const once =
      encodedBytes(int8Columns(site.layout), shape) + encodedBytes(int8Columns(other), shape);
    return sum + (precision === 'int16' ? 2 : 1) * once;
  }, beside);
}

/** Bytes of a placed model above which a graph for all lengths keeps no copy of its weights. */
export const mostCopiedBytes = 2 ** 30;

/**
 * Bytes of the second copy that writing text keeps of a model's matrices in float32, on devices whose graphs have open axes
 * (`Device.opensAxes`): as constants of the graph, in the layout that its products read fastest. A tied table counts, as the head
 * reads it. None in other precisions, for models above {@link mostCopiedBytes}, and for those that are no plain decoder.
 */
export function copiedBytes(spec: ModelSpec, precision: PrecisionName = 'float32'): number {
  const isPlain = spec.kind === 'decoder' && spec.originalPositions === undefined;
  if (!isPlain || precision !== 'float32' || placedBytes(spec) > mostCopiedBytes) return 0;
  const names = spec.sites.flatMap((site) => (site.kind === 'linear' ? [site.weight] : []));
  return [...new Set(names)].reduce(
    (sum, name) => sum + encodedBytes(float32, spec.tensors[name]!.shape),
    0,
  );
}

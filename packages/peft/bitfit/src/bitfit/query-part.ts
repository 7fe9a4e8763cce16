import { tf } from '@tunesmith/runtime';
import type { HostTensor } from '@tunesmith/runtime';
import type { LinearSite } from '@tunesmith/models';

/** A map onto queries, keys and values in one, of whose bias the part of the queries trains. */
export interface JointSite extends LinearSite {
  readonly queries: NonNullable<LinearSite['queries']>;
}

/** Local name of the part of the queries of a map's bias, `[queries]`. */
export function queryBias(site: string): string {
  return `${site}.query_bias`;
}

/** How many outputs of a map are queries. */
export function queryCount({ out, queries: { length, every } }: JointSite): number {
  return (out / every) * length;
}

/** The part of the queries of what lies by outputs. */
export function queryPart(site: JointSite, bias: HostTensor): Float32Array {
  const { length, every } = site.queries;
  return Float32Array.from(bias.data as Float32Array).filter((_, i) => i % every < length);
}

/** A bias with another part for the queries. */
export function withQueryPart(site: JointSite, bias: HostTensor, part: HostTensor): HostTensor {
  const { length, every } = site.queries;
  const data = Float32Array.from(bias.data as Float32Array, (value, i) =>
    i % every < length ? part.data[Math.floor(i / every) * length + (i % every)]! : value,
  );
  return { shape: bias.shape, dtype: 'float32', data };
}

/** The same of tensors on a device: the part `[queries]` in a bias `[out]`, or in zeros. */
export function placedQueryPart(site: JointSite, part: tf.Tensor, bias?: tf.Tensor): tf.Tensor {
  const { length, every } = site.queries;
  const rows = site.out / every;
  const others = bias
    ? tf.slice(tf.reshape(bias, [rows, every]), [0, length], [rows, every - length])
    : tf.zeros([rows, every - length]);
  return tf.reshape(tf.concat([tf.reshape(part, [rows, length]), others], 1), [site.out]);
}

import type { BlockMatrix } from '@tunesmith/kernels';
import type { HostTensor, TensorMap } from '@tunesmith/runtime';
import type { ModelSpec } from '../model.ts';
import type { LinearSite } from '../sites.ts';
import type { Precision } from './place.ts';
import type { WeightBlocks } from './store.ts';

/**
 * Leaves linear maps and tables in the blocks that their file has them in (Q4_0, Q4_1, Q4_K and Q8_0 of GGUF), head and embedding among
 * them; what is stored otherwise is float32. Products take the blocks as they are, and round their inputs to bytes.
 */
export function blocksPrecision(spec: ModelSpec): Precision {
  const maps = spec.sites.flatMap((site) =>
    site.kind === 'linear' && site.layout === 'out_in' ? [site.weight] : [],
  );
  const matrices = new Set([...maps, spec.embed.weight]);
  return {
    name: 'blocks',
    parts: () => undefined,
    async stored(name, weights) {
      if (!matrices.has(name)) return undefined;
      const blocks = await weights.readBlocks?.(name);
      const [out, width] = weights.spec(name).shape as [number, number];
      return blocks && blockParts(name, [out, width], blocks);
    },
  };
}

/** What is fed in place of a weight `[out, in]`: `<weight>:codes`, `<weight>:block_scales` and, where it is not 0, `<weight>:least`. */
export function blockParts(
  weight: string,
  [out, width]: readonly [number, number],
  { bits, codes, scales, least }: WeightBlocks,
): Record<string, HostTensor> {
  const blocks = width / 32;
  return {
    [`${weight}:codes`]: { dtype: 'uint8', shape: [out, blocks, 4 * bits], data: codes },
    [`${weight}:block_scales`]: { dtype: 'float32', shape: [out * blocks], data: scales },
    ...(least
      ? { [`${weight}:least`]: { dtype: 'float32', shape: [blocks, out], data: least } as const }
      : {}),
  };
}

/** The matrix that was fed in place of a weight; undefined where that was fed otherwise. */
export function blockMatrix(
  tensors: TensorMap,
  { weight }: Pick<LinearSite, 'weight'>,
): BlockMatrix | undefined {
  const [codes, scales] = [tensors[`${weight}:codes`], tensors[`${weight}:block_scales`]];
  return codes && scales && { codes, scales, least: tensors[`${weight}:least`] };
}

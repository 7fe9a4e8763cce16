import { normalSource, sfc32 } from '@tunesmith/schema';
import type { ModelSpec } from '@tunesmith/models';
import type { Plan, PlannedTensor } from '@tunesmith/peft';
import { invalidSubspace } from '../refuse.ts';
import type { DimensionConfig } from './config.ts';
import { plannedFastfood } from './fastfood.ts';

/** A tensor that is moved, and the layer whose scale it shares. */
export interface MovedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly size: number;
  /** Number of its layer among {@link layersOf}. */
  readonly layer: number;
}

/** Every tensor of the model but constants, in the model's order. */
export function movedTensors({ tensors }: ModelSpec): MovedTensor[] {
  const names = Object.keys(tensors).filter((name) => tensors[name]!.constant !== true);
  const layers = [...new Set(names.map(layerOf))];
  return names.map((name) => {
    const { shape } = tensors[name]!;
    const size = shape.reduce((count, extent) => count * extent, 1);
    return { name, shape, size, layer: layers.indexOf(layerOf(name)) };
  });
}

/** The block that a tensor lies in; for those that lie in none, the module. */
function layerOf(name: string): string {
  return /^.*?\.\d+\./.exec(name)?.[0] ?? name.slice(0, name.lastIndexOf('.'));
}

/** How many layers have a scale: all, or none where the structure is left out. */
export function scaleCount(model: ModelSpec, { structure }: DimensionConfig): number {
  return structure ? 1 + Math.max(...movedTensors(model).map(({ layer }) => layer)) : 0;
}

/** The name of the dense projection of a tensor. */
export const denseName = (tensor: string): string => `projection.${tensor}`;

/** @throws TunesmithError `invalid-subspace` for fewer dimensions than scales need */
export function planDimension(model: ModelSpec, config: DimensionConfig): Plan {
  const moved = movedTensors(model);
  const scales = scaleCount(model, config);
  const dimensions = config.dimensions - scales;
  if (dimensions < 1)
    throw invalidSubspace(
      `dimensions is ${config.dimensions}, and ${scales} of them scale layers`,
      config.dimensions,
      `more than ${scales}, or structure: false`,
    );
  const seed = config.projection_seed;
  const total = moved.reduce((sum, { size }) => sum + size, 0);
  const dense = ({ name, size }: MovedTensor): PlannedTensor => ({
    name: denseName(name),
    shape: [size, dimensions],
    frozen: true,
    derived: true,
    init: {
      kind: 'computed',
      compute: () => {
        const normal = normalSource(sfc32(seed, denseName(name)));
        // Columns over all parameters have length 1, but for chance.
        const std = 1 / Math.sqrt(total);
        return Float32Array.from({ length: size * dimensions }, () => std * normal());
      },
    },
  });
  return {
    tensors: [
      { name: 'coordinates', shape: [dimensions], init: { kind: 'zeros' } },
      ...(scales > 0
        ? [{ name: 'scales', shape: [scales], init: { kind: 'constant', value: 1 } as const }]
        : []),
      ...moved.flatMap((tensor) =>
        config.projection === 'dense'
          ? [dense(tensor)]
          : plannedFastfood({ tensor: tensor.name, size: tensor.size, dimensions, seed }),
      ),
    ],
    base: [],
    changed: moved.map(({ name }) => name),
    sites: [],
  };
}

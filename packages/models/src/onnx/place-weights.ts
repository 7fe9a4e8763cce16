import type { Graph, OnnxModel, Value } from '@tunesmith/runtime';
import type { Model } from '../model.ts';
import { parameterPrefix } from './parameters.ts';
import { parameterUses, type ParameterUses } from './parameter-uses.ts';
import { canBeBlocks, placeBlocks } from './place-blocks.ts';
import { createPlacement, store, type Placement } from './placement.ts';
import { floatTensor } from './stored-weights.ts';

/** How the maps and tables of an ONNX model are stored. */
export type OnnxEncoding = 'f32' | 'f16' | 'q8' | 'q4';

/**
 * The graph of a model with its weights as tensors of an encoding.
 *
 * `f32`, `f16`: maps are stored `[in, out]`, as `MatMul` reads them; a table that is the head too is stored once. float16 is cast to
 * float32 before it is used. `q8`, `q4`: maps are `MatMulNBits` over blocks of 32, symmetric, or the blocks that their file has them in, as they
 * are; the table of tokens and the head have 8 bits in both. Vectors, routers and tables of positions are in float32.
 *
 * @param graph with a model's parameters among its inputs
 */
export async function placeWeights(
  graph: Graph,
  model: Model,
  encoding: OnnxEncoding,
): Promise<OnnxModel> {
  const placement = createPlacement(graph, model);
  const { sites, head } = model.spec;
  const weightsOf = (kind: 'embed' | 'router'): Set<string> =>
    new Set(
      sites.flatMap((site) =>
        site.kind === kind || (site.kind === 'linear' && site.role === kind)
          ? [(site as { weight: string }).weight]
          : [],
      ),
    );
  const [tables, routers] = [weightsOf('embed'), weightsOf('router')];
  const all = parameterUses(graph);
  for (const uses of all) {
    const isMap = uses.products.length > 0 || tables.has(uses.name);
    const isSmaller = isMap && uses.others.length === 0 && !routers.has(uses.name);
    if (isSmaller && (encoding === 'q8' || encoding === 'q4') && canBeBlocks(uses)) {
      const isFine = encoding === 'q8' || tables.has(uses.name) || uses.name === head.weight;
      await placeBlocks(placement, uses, isFine ? 8 : 4);
    } else placeFloats(placement, uses, isSmaller && encoding === 'f16');
  }
  const { changed, constants, first, names, tensors } = placement;
  const inputs = graph.inputs.filter(({ name }) => !name.startsWith(parameterPrefix));
  for (const { name, value } of [...inputs, ...graph.outputs]) names.set(value, name);
  for (const { transpositions } of all) for (const node of transpositions) changed.set(node, []);
  const nodes = graph.nodes.flatMap((node) => changed.get(node) ?? [node]);
  return {
    graph: { inputs, outputs: graph.outputs, constants, nodes: [...first, ...nodes] },
    names,
    tensors,
  };
}

/** A parameter as floating-point numbers. */
function placeFloats(placement: Placement, uses: ParameterUses, isHalf: boolean): void {
  const { model, create, changed, first } = placement;
  const { name, value, products, rows, others } = uses;
  const isAlone = rows.length === 0 && others.length === 0 && products.length > 0;
  const isTransposed = isAlone && products.every((one) => one.isTransposed);
  const shape = isTransposed ? value.shape.toReversed() : value.shape;
  const stored = create({ shape, element: isHalf ? 'float16' : 'float32' });
  store(placement, name, floatTensor(stored, { name, weights: model.weights, isTransposed }));
  let used = stored;
  if (isHalf) {
    used = create({ shape, element: 'float32' });
    first.push({
      op: 'Cast',
      domain: '',
      inputs: [stored],
      outputs: [used],
      attributes: { to: 1 },
    });
  }
  for (const { node, isTransposed: isTurned } of products) {
    const [x] = node.inputs as [Value];
    // Rows are matrices in every linear map: `Gemm` reads the table as it lies.
    const asTable = isTurned && !isTransposed ? { op: 'Gemm', attributes: { transB: 1 } } : {};
    changed.set(node, [{ ...node, ...asTable, inputs: [x, used] }]);
  }
  for (const node of [...rows, ...others]) {
    const [found = node] = changed.get(node) ?? [];
    const inputs = found.inputs.map((input) => (input === value ? used : input));
    changed.set(node, [{ ...found, inputs }]);
  }
}

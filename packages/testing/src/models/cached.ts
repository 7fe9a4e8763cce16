import {
  createScope,
  type Architecture,
  type Batch,
  type CachedHeads,
  type ModelSpec,
} from '@tunesmith/models';
import { tf, type Device, type HostTensor, type TensorMap } from '@tunesmith/runtime';
import { rowsOf } from './closeness.ts';
import { batchOf, int, type Text } from './texts.ts';

/** Columns of the cache: more than any text has tokens. */
const capacity = 9;

/**
 * Hidden states of two texts or more, read side by side: the first half of each at once, the rest token by token after a cache
 * in which each has its own filled count. `[texts][tokens][width]`.
 */
export async function cachedHidden(of: {
  readonly architecture: Architecture;
  readonly spec: ModelSpec;
  readonly parameters: Record<string, HostTensor>;
  readonly device: Device;
  readonly texts: readonly Text[];
}): Promise<number[][][]> {
  const { architecture, spec, parameters, device, texts } = of;
  const forward = (inputs: TensorMap, more: Partial<Batch>): ReturnType<Architecture['forward']> =>
    architecture.forward(spec, createScope({ parameters: inputs }), {
      ...batchOf(inputs),
      ...more,
      keepCaches: true,
    });
  const begin = device.jit('begin', (inputs: TensorMap) => {
    const { hidden, caches } = forward(inputs, {});
    const isGrowing = new Set(
      spec.caches.filter(({ holds }) => holds === 'tokens').map(({ site }) => site),
    );
    return { hidden, ...outputs(caches!, (site, x) => (isGrowing.has(site) ? widened(x) : x)) };
  });
  const go = device.jit('go', (inputs: TensorMap) => {
    const source = inputs['cache:source'];
    const { hidden, caches } = forward(inputs, {
      caches: {
        heads: Object.fromEntries(
          spec.caches.map(({ site }) => [
            site,
            { key: inputs[`${site}:key`]!, value: inputs[`${site}:value`]! },
          ]),
        ),
        segmentIds: inputs['cache:segmentIds']!,
        positions: inputs['cache:positions']!,
        columns: inputs['cache:columns']!,
        ...(source ? { sourceSegmentIds: source } : {}),
      },
    });
    return { hidden, ...outputs(caches!, (_, x) => x) };
  });

  const counts = texts.map(({ ids }) => Math.ceil(ids.length / 2));
  const longest = Math.max(...counts);
  const rows = (value: (text: number, column: number) => number, columns: number): HostTensor =>
    int(texts.map((_, text) => Array.from({ length: columns }, (__, i) => value(text, i))));
  const within = (text: number, column: number): boolean => column < counts[text]!;
  const sources = Math.max(...texts.map(({ source }) => source.length));
  const isThere = (text: number, i: number): boolean => i < texts[text]!.source.length;
  const source = {
    'source:ids': rows((text, i) => texts[text]!.source[i] ?? 0, sources),
    'source:positions': rows((text, i) => (isThere(text, i) ? i : 0), sources),
    'source:segmentIds': rows((text, i) => (isThere(text, i) ? 1 : 0), sources),
  };
  const crossed = spec.kind === 'encoder-decoder';
  const hidden: number[][][] = texts.map(() => []);
  let results = await begin({
    ...parameters,
    ...(crossed ? source : {}),
    ids: rows((text, i) => (within(text, i) ? texts[text]!.ids[i]! : 0), longest),
    positions: rows((text, i) => (within(text, i) ? i : 0), longest),
    segmentIds: rows((text, i) => (within(text, i) ? 1 : 0), longest),
  });
  const first = rowsOf(await device.read(results['hidden']!), spec.width);
  texts.forEach((_, text) => {
    hidden[text]!.push(...first.slice(text * longest, text * longest + counts[text]!));
  });
  while (texts.some(({ ids }, text) => counts[text]! < ids.length)) {
    const { hidden: _, ...caches } = results;
    const isOpen = texts.map(({ ids }, text) => counts[text]! < ids.length);
    const written = (text: number): number => counts[text]! + (isOpen[text] ? 1 : 0);
    results = await go({
      ...parameters,
      ...caches,
      ids: rows((text) => texts[text]!.ids[counts[text]!] ?? 0, 1),
      positions: rows((text) => counts[text]!, 1),
      segmentIds: rows((text) => (isOpen[text] ? 1 : 0), 1),
      'cache:columns': rows((text) => counts[text]!, 1),
      'cache:segmentIds': rows((text, i) => (i < written(text) ? 1 : 0), capacity),
      'cache:positions': rows((text, i) => (i < written(text) ? i : 0), capacity),
      ...(crossed ? { 'cache:source': source['source:segmentIds'] } : {}),
    });
    const next = rowsOf(await device.read(results['hidden']!), spec.width);
    texts.forEach((__, text) => {
      if (!isOpen[text]) return;
      hidden[text]!.push(next[text]!);
      counts[text]! += 1;
    });
  }
  return hidden;
}

function outputs(
  caches: Readonly<Record<string, CachedHeads>>,
  change: (site: string, x: tf.Tensor) => tf.Tensor,
): TensorMap {
  return Object.fromEntries(
    Object.entries(caches).flatMap(([site, { key, value }]) => [
      [`${site}:key`, change(site, key)],
      [`${site}:value`, change(site, value)],
    ]),
  );
}

/** `[batch, tokens, …]` with room up to the capacity. */
function widened(x: tf.Tensor): tf.Tensor {
  return tf.pad(x, [
    [0, 0],
    [0, capacity - (x.shape[1] as number)],
    [0, 0],
    [0, 0],
  ]);
}

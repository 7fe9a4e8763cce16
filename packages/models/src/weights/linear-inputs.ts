import { tf, type HostTensor } from '@tunesmith/runtime';
import { bindModel } from '../language-model/bound.ts';
import type { LinearSite } from '../sites.ts';
import type { PlacedModel } from './place.ts';
import { calibrationFeeds, type CalibrationRow } from './smoothing.ts';

/** Numbers that are read from the device at a time: 256 MiB. */
const mostNumbers = 2 ** 26;

/**
 * What linear maps see over rows of data, `[tokens, in]` by their names, padding left out: the inputs of a forward pass. Maps that read one
 * tensor have the very same inputs.
 *
 * @param placed the model; nothing acts on it
 * @param rows sequences like those that the model will see
 * @param sites the maps
 */
export async function linearInputs(
  placed: PlacedModel,
  rows: readonly CalibrationRow[],
  sites: readonly LinearSite[],
): Promise<ReadonlyMap<string, HostTensor>> {
  const length = Math.max(...rows.map(({ ids }) => ids.length));
  const inputs = new Map<string, HostTensor>();
  let chunk: LinearSite[] = [];
  let numbers = 0;
  const take = async (): Promise<void> => {
    for (const [name, input] of await inputsOf(placed, rows, chunk)) inputs.set(name, input);
    [chunk, numbers] = [[], 0];
  };
  for (const site of sites) {
    const more = rows.length * length * site.in;
    // Maps of one block that read one tensor stay together.
    const begins = chunk.at(-1)?.layer !== site.layer;
    if (begins && numbers + more > mostNumbers) await take();
    chunk.push(site);
    numbers += more;
  }
  if (chunk.length > 0) await take();
  return inputs;
}

async function inputsOf(
  placed: PlacedModel,
  rows: readonly CalibrationRow[],
  sites: readonly LinearSite[],
): Promise<[string, HostTensor][]> {
  const { model, device } = placed;
  const wanted = new Set(sites.map(({ name }) => name));
  const readers = new Map<tf.Tensor, string[]>();
  const bound = bindModel({
    placed,
    hooksFrom: () => ({
      linear(site, x, next) {
        if (wanted.has(site.name)) readers.set(x, [...(readers.get(x) ?? []), site.name]);
        return next(x);
      },
    }),
  });
  const groups = new Map<string, readonly string[]>();
  const run = bound.compile('models.linear-inputs', ({ forward }) => {
    readers.clear();
    forward();
    const outputs: Record<string, tf.Tensor> = {};
    for (const [x, group] of readers) {
      groups.set(group[0]!, group);
      outputs[group[0]!] = tf.add(x, 0);
    }
    readers.clear();
    return outputs;
  });
  const length = Math.max(...rows.map(({ ids }) => ids.length));
  const sources = rows.flatMap(({ source }) => (source ? [source] : []));
  const longest = Math.max(0, ...sources.map(({ ids }) => ids.length));
  // A source is never as long as its target here, so that lengths tell whose tokens a map reads.
  const sourceLength = longest === length ? length + 1 : longest;
  const outputs = await run({
    ...calibrationFeeds(model, rows, length, ''),
    ...(sources.length > 0 ? calibrationFeeds(model, sources, sourceLength, 'source:') : {}),
  });
  await bound.dispose();
  const found: [string, HostTensor][] = [];
  for (const [first, handle] of Object.entries(outputs)) {
    const host = await device.read(handle);
    handle.dispose();
    const seen = host.shape[1] === length ? rows : sources;
    const inputs = withoutPadding(host, seen);
    for (const name of groups.get(first)!) found.push([name, inputs]);
  }
  return found;
}

/** Lines of the tokens that rows have; all lines of what experts were sent, `[n, in]`. */
function withoutPadding({ shape, data }: HostTensor, rows: readonly CalibrationRow[]): HostTensor {
  const width = shape.at(-1)!;
  const values = data as Float32Array;
  if (shape.length !== 3)
    return { shape: [values.length / width, width], dtype: 'float32', data: values };
  const length = shape[1]!;
  const lines = rows.flatMap(({ ids, segmentIds }, row) =>
    Array.from({ length: ids.length }, (_, token) => token)
      .filter((token) => (segmentIds?.[token] ?? 1) > 0)
      .map((token) => (row * length + token) * width),
  );
  const kept = new Float32Array(lines.length * width);
  lines.forEach((from, i) => kept.set(values.subarray(from, from + width), i * width));
  return { shape: [lines.length, width], dtype: 'float32', data: kept };
}

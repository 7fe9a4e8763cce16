import { readEveryWeight } from '@tunesmith/models';
import { valueAndGradients } from '@tunesmith/runtime';
import { openDevice } from '@tunesmith/runtime/node';
import type { HostTensor, TensorMap } from '@tunesmith/runtime';
import { describe, expect, it } from 'vitest';
import { added, expectClose, type Measured } from './objective/measured.ts';
import type {
  ObjectiveCase,
  TestedBatch,
  TestedLengths,
  TestedObjective,
} from './objective/tested-objective.ts';
import { testPlugin } from './test-plugin.ts';

type Parameters = Readonly<Record<string, HostTensor>>;

/**
 * The suite that every objective passes, built in or not: a valid manifest; batches that hold what examples announced; packed
 * rows with the loss and gradients of separate ones, where it packs; uneven micro-batches that add up to one batch; a loss whose
 * gradient is its slope; the same numbers on the eager device and compiled; padding without a loss; a preview of what is learned.
 *
 * Call it at the top level of a test file.
 *
 * @param name what the case shows, for the names of the tests
 */
export function testObjective(plugin: TestedObjective, name: string, given: ObjectiveCase): void {
  const { model, records, options } = given;
  const objective = plugin.create(options, {
    model,
    maximumLength: 64,
    virtualTokens: { input: 0, keys: 0 },
    ...(given.tokenizer ? { tokenizer: given.tokenizer } : {}),
    ...(given.template ? { template: given.template } : {}),
  });
  const examples = records.map((record) => objective.tokenize(record));
  const sizes = examples.map((example) => objective.size(example));

  /** The lengths that hold the examples of each row, one after the other. */
  const lengthsFor = (rows: readonly (readonly number[])[]): TestedLengths => {
    const longest = (of: (index: number) => number): number =>
      Math.max(...rows.map((row) => row.reduce((sum, index) => sum + of(index), 0)));
    const paired = sizes[0]!.sourceTokens !== undefined;
    return {
      tokens: longest((index) => sizes[index]!.tokens),
      ...(paired ? { sourceTokens: longest((index) => sizes[index]!.sourceTokens ?? 0) } : {}),
    };
  };

  /** A batch of the rows, with room for `more` rows and tokens. */
  const batchOf = (rows: readonly (readonly number[])[], more = 0): TestedBatch => {
    const exact = lengthsFor(rows);
    const indices = rows.flat();
    const total = (of: (index: number) => number): number =>
      indices.reduce((sum, index) => sum + of(index), 0);
    const lists = Object.keys(sizes[0]!.places ?? {});
    const lengths = {
      tokens: exact.tokens + more,
      ...(exact.sourceTokens === undefined ? {} : { sourceTokens: exact.sourceTokens + more }),
    };
    const shape = {
      rows: rows.length + more,
      ...lengths,
      supervised: total((index) => sizes[index]!.supervised) + more,
      ...(lists.length > 0
        ? {
            places: Object.fromEntries(
              lists.map((list) => [
                list,
                total((index) => sizes[index]!.places?.[list] ?? 0) + more,
              ]),
            ),
          }
        : {}),
      packed: rows.some((row) => row.length > 1),
    };
    const made = rows.map((row) =>
      objective.row(
        row.map((index) => examples[index]),
        lengths,
      ),
    );
    return objective.collate(made, shape, { training: true, seeds: rows.map((_, i) => i) });
  };
  const separate = examples.map((_, index) => [index]);
  const packed = [separate.flat()];

  /** Loss, sums and gradients of a batch whose weights are divided by the normalizers of `whole`. */
  const measure = async (
    batch: TestedBatch,
    whole: TestedBatch,
    { device = 'tfjs-cpu', moved }: { device?: string; moved?: Parameters } = {},
  ): Promise<Measured> => {
    const opened = await openDevice(device);
    const parameters = moved ?? (await readEveryWeight(model.weights));
    const names = Object.keys(parameters);
    const run = opened.jit(`objective.${name}`, (inputs: TensorMap) => {
      const feeds = Object.fromEntries(
        Object.entries(inputs).filter(([input]) => !names.includes(input)),
      );
      const { outputs, gradients } = valueAndGradients(
        (values) => {
          const found = objective.loss(feeds, { parameters: values, hooks: {}, training: true });
          return { ...found.sums, loss: found.loss };
        },
        Object.fromEntries(names.map((one) => [one, inputs[one]!])),
      );
      const prefixed = Object.entries(gradients).map(([one, value]) => [`gradient/${one}`, value]);
      return { ...outputs, ...(Object.fromEntries(prefixed) as TensorMap) };
    });
    const scaled = Object.entries(normalizersOf(whole)).map(([feed, normalizer]) => {
      const weights = batch.feeds[feed]!;
      const data = (weights.data as Float32Array).map((weight) => weight / normalizer);
      return [feed, { ...weights, data }] as const;
    });
    const results = await run({ ...parameters, ...batch.feeds, ...Object.fromEntries(scaled) });
    const read = async (one: string): Promise<Float32Array> =>
      (await opened.read(results[one]!)).data as Float32Array;
    const scalars = ['loss', ...Object.keys(objective.sums)];
    const values = await Promise.all(
      scalars.map(async (one) => [one, (await read(one))[0]!] as const),
    );
    const gradients: Record<string, Float32Array> = {};
    for (const one of names) gradients[one] = (await read(`gradient/${one}`)).slice();
    await opened.close();
    const { loss, ...sums } = Object.fromEntries(values) as { loss: number } & Record<
      string,
      number
    >;
    return { loss, sums, gradients };
  };

  describe(`objective ${plugin.name}: ${name}`, () => {
    testPlugin({ kind: 'objective', value: plugin });

    it('makes batches that hold what the examples announced', () => {
      const batch = batchOf(separate);
      const supervised = sizes.reduce((sum, size) => sum + size.supervised, 0);
      expect(batch.supervised).toBe(supervised);
      expect(supervised).toBeGreaterThan(0);
      for (const [feed, normalizer] of Object.entries(normalizersOf(batch))) {
        const weights = Array.from(batch.feeds[feed]!.data);
        expect(
          weights.reduce((sum, weight) => sum + weight, 0),
          feed,
        ).toBeCloseTo(normalizer, 5);
      }
    });

    it('gives packed examples the loss and gradients of separate ones', async () => {
      if (!objective.packs) return;
      const [apart, together] = [batchOf(separate), batchOf(packed)];
      expect(normalizersOf(together)).toEqual(normalizersOf(apart));
      expectClose(await measure(together, together), await measure(apart, apart));
    });

    it('adds uneven micro-batches up to one batch', async () => {
      const whole = batchOf(separate);
      const parts = [batchOf(separate.slice(0, 1)), batchOf(separate.slice(1))];
      const found = await Promise.all(parts.map((part) => measure(part, whole)));
      expectClose(added(found), await measure(whole, whole));
    });

    it('has the slope that its gradient says', async () => {
      const batch = batchOf(separate);
      const { gradients } = await measure(batch, batch);
      const norm = Math.hypot(...Object.values(gradients).map((one) => Math.hypot(...one)));
      expect(norm).toBeGreaterThan(1e-3);
      const along = async (length: number): Promise<number> => {
        const all = Object.entries(await readEveryWeight(model.weights)).map(([one, tensor]) => {
          const data = Float32Array.from(
            tensor.data,
            (value, i) => value + (length * gradients[one]![i]!) / norm,
          );
          return [one, { ...tensor, data }];
        });
        const moved = Object.fromEntries(all) as Parameters;
        return (await measure(batch, batch, { moved })).loss;
      };
      const length = 4e-3;
      const slope = ((await along(length)) - (await along(-length))) / (2 * length);
      expect(Math.abs(slope / norm - 1), `slope ${slope}, norm ${norm}`).toBeLessThan(0.02);
    });

    it('gives the same numbers eager and compiled', async () => {
      const batch = batchOf(packed);
      expectClose(await measure(batch, batch, { device: 'cpu' }), await measure(batch, batch));
    });

    it('gives padding no loss', async () => {
      const rows = objective.packs ? packed : separate;
      const exact = batchOf(rows);
      const wide = batchOf(rows, 2);
      expect(wide).toMatchObject({ normalizer: exact.normalizer, tokens: exact.tokens });
      const length = lengthsFor(rows).tokens + 2;
      const ids = wide.feeds['ids']!;
      const other = Int32Array.from(ids.data, (id, place) =>
        Math.floor(place / length) >= rows.length || place % length >= length - 2 ? 3 : id,
      );
      const filled = { ...wide, feeds: { ...wide.feeds, ids: { ...ids, data: other } } };
      expectClose(await measure(filled, exact), await measure(exact, exact));
    });

    it('shows what is learned', () => {
      const made = objective.row(
        packed[0]!.map((index) => examples[index]),
        lengthsFor(packed),
      );
      const documents = objective.preview(made, (ids) => ids.join(' '));
      expect(documents.length).toBeGreaterThanOrEqual(examples.length);
      expect(documents.flat().some(({ supervised }) => supervised)).toBe(true);
    });
  });
}

/** What the losses of a batch are divided by, by the feed of the weights. */
function normalizersOf({ normalizer, further }: TestedBatch): Readonly<Record<string, number>> {
  return { weights: normalizer, ...further };
}

import type { Adapter } from '@tunesmith/peft';
import { adapterFeeds } from '@tunesmith/peft';
import { recordInputFeeds, type PlacedModel } from '@tunesmith/models';
import { hash32, hashText } from '@tunesmith/schema';
import type { DataRecord } from '@tunesmith/schema';
import { streams } from '../data/streams.ts';
import { normalizersOf } from '../data/collate.ts';
import { countOf } from '../objectives/objective.ts';
import type { Objective } from '../objectives/objective.ts';
import { addPrefix, names as prefixes, recordsOf, stripPrefix } from '../step/functions.ts';
import { mapRecord } from '../step/tensors.ts';
import { adapterTrainable } from '../step/trainable.ts';

/** What an objective says of one example. */
export interface ExampleMeasure {
  /**
   * Sums of the loss, as `loss`, and of what is counted along, by the names under which they are reported, each with what its mean is
   * taken over. What the example has nothing of is left out.
   */
  readonly sums: Readonly<Record<string, { readonly total: number; readonly over: number }>>;
  /** Of objectives with classes: those that the model names, and the right ones. */
  readonly classes?: { readonly named: readonly string[]; readonly right: readonly string[] };
}

/** Measures examples one by one. */
export interface ExampleMeasurer {
  /** What the objective says of each record. @throws what the objective's `tokenize` throws */
  measure(records: readonly DataRecord[]): Promise<ExampleMeasure[]>;
  /** Gives back what was compiled. */
  dispose(): Promise<void>;
}

/** The shortest row that is compiled for. */
const shortest = 16;

/**
 * Measures what an objective says of single examples: for models that write no text, whose scores are those of their objective.
 * What an objective draws at random is drawn from the seed and the record's id, alike each time.
 *
 * @param options.placed the model, which stays the caller's
 */
export function createExampleMeasurer(options: {
  readonly placed: PlacedModel;
  readonly objective: Objective;
  readonly adapters?: readonly Adapter[];
  readonly seed?: number;
}): ExampleMeasurer {
  const { placed, objective, adapters = [], seed = 0 } = options;
  const { device, tensors } = placed;
  const { bind, inputs: reads } = adapterTrainable(adapters);
  const { classes } = objective;
  const names = Object.keys(objective.sums);
  const run = device.jit('measure examples', (inputs) => {
    const batch = stripPrefix(prefixes.batch, inputs);
    const scope = { ...bind(inputs, { training: false, ...recordsOf(batch) }), training: false };
    const { loss, sums } = objective.loss(batch, scope);
    const named = classes?.predict(batch, scope);
    return {
      loss,
      ...Object.fromEntries(names.map((name) => [`sum:${name}`, sums[name]!])),
      ...(named ? { named } : {}),
    };
  });
  const measureOne = async (record: DataRecord): Promise<ExampleMeasure> => {
    const example = objective.tokenize(record);
    const size = objective.size(example);
    const lengths = {
      tokens: roomFor(size.tokens),
      ...(size.sourceTokens === undefined ? {} : { sourceTokens: roomFor(size.sourceTokens) }),
    };
    const supervised = roomFor(Math.max(1, size.supervised));
    const batch = objective.collate(
      [objective.row([example], lengths)],
      {
        rows: 1,
        ...lengths,
        supervised,
        ...(size.places ? { places: mapRecord(size.places, roomFor) } : {}),
        packed: true,
      },
      { training: false, seeds: [hash32(seed, streams.measure, hashText(record.id))] },
    );
    const normalizers = normalizersOf(batch);
    const lines = Array.from({ length: size.documents ?? 1 }, () => record);
    const outputs = await run({
      ...tensors,
      ...adapterFeeds(adapters),
      ...addPrefix(prefixes.batch, {
        ...batch.feeds,
        ...recordInputFeeds(reads, [lines], lines.length),
      }),
    });
    const read = async (name: string): Promise<ArrayLike<number>> =>
      (await device.read(outputs[name]!)).data;
    const counted: [name: string, total: number, over: number][] = [
      ['loss', (await read('loss'))[0]!, batch.normalizer],
    ];
    for (const name of names)
      counted.push([
        objective.sums[name]!,
        (await read(`sum:${name}`))[0]!,
        countOf(objective, name, normalizers),
      ]);
    const sums = Object.fromEntries(
      counted.flatMap(([name, total, over]) => (over === 0 ? [] : [[name, { total, over }]])),
    );
    const named = classes && (await read('named'));
    for (const output of Object.values(outputs)) output.dispose();
    if (!classes || !named) return { sums };
    const right = classes.of(example);
    return {
      sums,
      classes: {
        named: classes.names.filter((_, i) => named[i] === 1),
        right: classes.names.filter((_, i) => right.includes(i)),
      },
    };
  };
  return {
    async measure(records) {
      const measured: ExampleMeasure[] = [];
      for (const record of records) measured.push(await measureOne(record));
      return measured;
    },
    dispose: () => run.dispose(),
  };
}

/** The next of 16, 32, 64, …: few lengths, so that few are compiled for. */
function roomFor(count: number): number {
  let room = shortest;
  while (room < count) room *= 2;
  return room;
}

import { hash32, TunesmithError } from '@tunesmith/schema';
import type { BatchShape, MicroBatch } from '../data/collate.ts';
import { rowOrder } from '../data/order.ts';
import { capacityFor } from '../data/rows.ts';
import type { Row, RowSource } from '../data/rows.ts';
import { streams } from '../data/streams.ts';
import type { Objective } from '../objectives/objective.ts';
import { mapRecord } from '../step/tensors.ts';

/** How a run goes through its rows. */
export interface BatchPlan {
  readonly shape: BatchShape;
  /** Updates of the whole run. */
  readonly steps: number;
  /** Rows used when `step` updates are done. */
  position(step: number): number;
  /** Passes over the data when `step` updates are done. */
  epoch(step: number): number;
  /** The micro-batches of update `step`, counted from 1, as many as its rows need, and a seed for each. */
  batches(step: number): { batches: MicroBatch[]; seeds: number[] };
  /** The rows of the first micro-batch. */
  firstRows(): Row[];
}

/** Settings of {@link planBatches}; `rows` is a micro-batch's, `epochs` is ignored where `steps` is given. */
export interface BatchSettings {
  readonly rows: number;
  readonly accumulation: number;
  readonly steps?: number | undefined;
  readonly epochs?: number | undefined;
  readonly shuffle: boolean;
  readonly seed: number;
  readonly objective: Pick<Objective, 'collate'>;
  /** Ids must be below this. */
  readonly vocabulary: number;
}

/** More updates than any run has done. */
const mostSteps = 1_000_000_000;

/**
 * Lays the rows out in steps. An epoch uses every row once and ends at its own border: where its rows do not fill the last
 * step, that step has fewer of them, and the next epoch begins a step of its own. A part of an epoch (`epochs: 1.5`) is
 * that part of its rows. With `steps`, epochs follow each other until the steps are done.
 *
 * `steps = ⌊epochs⌋ · ⌈rows / perStep⌉ + ⌈rest / perStep⌉`, `perStep = rows of a micro-batch · accumulation`
 */
export function planBatches(source: RowSource, settings: BatchSettings): BatchPlan {
  const { rows, accumulation, seed, objective } = settings;
  const perStep = rows * accumulation;
  const stepsPerEpoch = Math.ceil(source.rows / perStep);
  const end =
    settings.steps === undefined ? Math.ceil(source.rows * (settings.epochs ?? 1)) : Infinity;
  const wholeEpochs = Math.floor(end / source.rows);
  const steps =
    settings.steps ??
    wholeEpochs * stepsPerEpoch + Math.ceil((end - wholeEpochs * source.rows) / perStep);
  if (!Number.isSafeInteger(steps * perStep) || steps > mostSteps) {
    throw new TunesmithError({
      package: '@tunesmith/trainer',
      code: 'too-many-steps',
      message: `the run would take ${steps.toLocaleString('en-US')} steps of ${perStep.toLocaleString('en-US')} rows`,
      value: steps,
      accepted: `at most ${mostSteps.toLocaleString('en-US')} steps: fewer epochs, or smaller batches`,
    });
  }
  const order = rowOrder(source.rows, settings);
  const shape = shapeOf(source, Math.min(rows, source.rows));
  const position = (step: number): number => {
    const epoch = Math.floor(step / stepsPerEpoch);
    return Math.min(epoch * source.rows + (step - epoch * stepsPerEpoch) * perStep, end);
  };
  // Micro-batches are filled one after the other, so that only the last of a step can have room left.
  const placesOf = (step: number, microBatch: number): number[] => {
    const first = position(step - 1) + microBatch * rows;
    const last = Math.min(first + rows, position(step));
    return Array.from({ length: last - first }, (_, i) => first + i);
  };
  const rowAt = (place: number): Row => checkedRow(source, order.at(place), settings.vocabulary);
  const batch = (places: readonly number[]): MicroBatch =>
    objective.collate(places.map(rowAt), shape, {
      training: true,
      seeds: places.map((place) => hash32(seed, streams.row, place)),
    });
  return {
    shape,
    steps,
    position,
    epoch: (step) => position(step) / source.rows,
    batches(step) {
      const filled = Math.ceil((position(step) - position(step - 1)) / rows);
      const microBatches = Array.from({ length: filled }, (_, index) => index);
      return {
        batches: microBatches.map((index) => batch(placesOf(step, index))),
        seeds: microBatches.map(
          (index) => hash32(seed, streams.step, (step - 1) * accumulation + index) >>> 1,
        ),
      };
    },
    firstRows: () => placesOf(1, 0).map(rowAt),
  };
}

/**
 * All rows of a source once, in order, for measuring. Batches take the shape of the run's own wherever the rows fit in it,
 * so that several sources need no compilation each.
 */
export function* everyBatch(
  source: RowSource,
  run: BatchShape,
  { objective, vocabulary, seed }: Pick<BatchSettings, 'objective' | 'vocabulary' | 'seed'>,
): Generator<MicroBatch> {
  const shape = widest(run, shapeOf(source, run.rows));
  for (let first = 0; first < source.rows; first += shape.rows) {
    const count = Math.min(shape.rows, source.rows - first);
    const indices = Array.from({ length: count }, (_, i) => first + i);
    yield objective.collate(
      indices.map((index) => checkedRow(source, index, vocabulary)),
      shape,
      { training: false, seeds: indices.map((index) => hash32(seed, streams.measure, index)) },
    );
  }
}

/** The shape that holds any `rows` rows of a source. */
function shapeOf(source: RowSource, rows: number): BatchShape {
  const { tokens, sourceTokens, documents, places, packed } = source;
  return {
    rows,
    tokens,
    ...(sourceTokens === undefined ? {} : { sourceTokens }),
    ...(documents === undefined ? {} : { documents }),
    supervised: Math.min(rows * tokens, capacityFor(source.supervised, rows)),
    ...(places ? { places: mapRecord(places, (counts) => capacityFor(counts, rows)) } : {}),
    packed,
  };
}

/** The shape that holds what either holds. */
function widest(one: BatchShape, two: BatchShape): BatchShape {
  const { places = {}, sourceTokens } = one;
  return {
    rows: one.rows,
    tokens: Math.max(one.tokens, two.tokens),
    ...(sourceTokens === undefined
      ? {}
      : { sourceTokens: Math.max(sourceTokens, two.sourceTokens ?? 0) }),
    ...(one.documents === undefined
      ? {}
      : { documents: Math.max(one.documents, two.documents ?? 1) }),
    supervised: Math.max(one.supervised, two.supervised),
    ...(one.places
      ? {
          places: Object.fromEntries(
            Object.entries(places).map(([name, room]) => [
              name,
              Math.max(room, two.places?.[name] ?? 0),
            ]),
          ),
        }
      : {}),
    packed: one.packed || two.packed,
  };
}

function checkedRow(source: RowSource, index: number, vocabulary: number): Row {
  const row = source.row(index);
  const isBad = (id: number): boolean => id < 0 || id >= vocabulary;
  const bad =
    row.ids.find(isBad) ??
    row.source?.ids.find(isBad) ??
    row.targets?.find((id) => id >= vocabulary);
  if (bad === undefined) return row;
  throw new TunesmithError({
    package: '@tunesmith/trainer',
    code: 'token-out-of-range',
    message: `row ${index} of the data holds token id ${bad}`,
    value: bad,
    accepted: `0 to ${vocabulary - 1}, the model's vocabulary: was the data tokenized for another model?`,
  });
}

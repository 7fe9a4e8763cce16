import { hash32, TunesmithError } from '@tunesmith/schema';
import { collate } from '../data/collate.ts';
import type { BatchShape, MicroBatch } from '../data/collate.ts';
import { rowOrder } from '../data/order.ts';
import { supervisedCapacity } from '../data/rows.ts';
import type { Row, RowSource } from '../data/rows.ts';
import { streams } from '../data/streams.ts';

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
  /** NEFTune's `alpha / √width`. */
  readonly noise?: number;
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
  const { rows, accumulation, seed } = settings;
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
  const shape: BatchShape = {
    rows: Math.min(rows, source.rows),
    tokens: source.tokens,
    supervised: supervisedCapacity(source, Math.min(rows, source.rows)),
    virtualTokenIds: source.virtualTokens > 0,
    packed: source.packed,
    ...(settings.noise ? { noise: settings.noise } : {}),
  };
  const position = (step: number): number => {
    const epoch = Math.floor(step / stepsPerEpoch);
    return Math.min(epoch * source.rows + (step - epoch * stepsPerEpoch) * perStep, end);
  };
  // Micro-batches are filled one after the other, so that only the last of a step can have room left.
  const rowsOf = (step: number, microBatch: number): Row[] => {
    const first = position(step - 1) + microBatch * rows;
    const last = Math.min(first + rows, position(step));
    return Array.from({ length: last - first }, (_, i) =>
      checkedRow(source, order.at(first + i), settings.vocabulary),
    );
  };
  return {
    shape,
    steps,
    position,
    epoch: (step) => position(step) / source.rows,
    batches(step) {
      const filled = Math.ceil((position(step) - position(step - 1)) / rows);
      const microBatches = Array.from({ length: filled }, (_, index) => index);
      return {
        batches: microBatches.map((index) => collate(rowsOf(step, index), shape)),
        seeds: microBatches.map(
          (index) => hash32(seed, streams.step, (step - 1) * accumulation + index) >>> 1,
        ),
      };
    },
    firstRows: () => rowsOf(1, 0),
  };
}

/**
 * All rows of a source once, in order, for measuring. Batches take the shape of the run's own wherever the rows fit in it,
 * so that several sources need no compilation each.
 */
export function* everyBatch(
  source: RowSource,
  run: BatchShape,
  vocabulary: number,
): Generator<MicroBatch> {
  const shape: BatchShape = {
    rows: run.rows,
    tokens: Math.max(run.tokens, source.tokens),
    supervised: Math.max(run.supervised, supervisedCapacity(source, run.rows)),
    virtualTokenIds: run.virtualTokenIds,
    packed: run.packed || source.packed,
  };
  for (let first = 0; first < source.rows; first += shape.rows) {
    const count = Math.min(shape.rows, source.rows - first);
    const rows = Array.from({ length: count }, (_, i) => checkedRow(source, first + i, vocabulary));
    yield collate(rows, shape);
  }
}

function checkedRow(source: RowSource, index: number, vocabulary: number): Row {
  const row = source.row(index);
  const bad =
    row.ids.find((id) => id < 0 || id >= vocabulary) ?? row.targets.find((id) => id >= vocabulary);
  if (bad === undefined) return row;
  throw new TunesmithError({
    package: '@tunesmith/trainer',
    code: 'token-out-of-range',
    message: `row ${index} of the data holds token id ${bad}`,
    value: bad,
    accepted: `0 to ${vocabulary - 1}, the model's vocabulary: was the data tokenized for another model?`,
  });
}

import { productSpeedup } from '@tunesmith/kernels';
import {
  blocksPrecision,
  int8Precision,
  int8Sites,
  nf4Precision,
  placeModel,
  smoothingOf,
  type CalibrationRow,
  type Model,
  type Precision,
  type PrecisionName,
} from '@tunesmith/models';
import type { Device } from '@tunesmith/runtime';
import { TunesmithError, type Files, type ModelRecipe } from '@tunesmith/schema';
import type { Row, RowSource } from '@tunesmith/trainer';
import {
  readSmoothing,
  smoothingName,
  writeSmoothing,
  type Smoothing,
} from '../run/smoothing-file.ts';
import type { Warning } from '../session.ts';
import type { Tuning } from './method.ts';

/** Integer products must be this many times as fast as those in float32 before `auto` takes them: rounding costs time too. */
const worthwhile = 1.5;

/** The precision that a run computes its frozen maps in, and why where the run chose it. */
export interface ChosenPrecision {
  readonly name: PrecisionName;
  readonly finding?: Warning;
}

/**
 * Settles what a recipe's `model.precision` means for a run.
 *
 * @throws TunesmithError `unsupported-precision` where a narrow precision is asked for and the method trains the weights of linear maps
 */
export async function choosePrecision(
  { precision, head_precision }: ModelRecipe,
  { model, device, tuning }: { model: Model; device: Device; tuning: Tuning },
): Promise<ChosenPrecision> {
  const head = head_precision === 'int8';
  if (head && precision !== 'int8' && precision !== 'auto') {
    throw new TunesmithError({
      package: 'tunesmith',
      code: 'unsupported-precision',
      message: `model.head_precision is int8 and model.precision is ${precision}`,
      value: head_precision,
      accepted: 'model.precision: int8 beside it, or model.head_precision: float32',
    });
  }
  if (precision === 'float32') return { name: precision };
  if (precision !== 'auto') {
    requireFrozenMaps(precision, { model, tuning, head });
    return { name: precision };
  }
  const trained = trainedMaps(model, tuning, head);
  const chosen = (name: ChosenPrecision['name'], why: string): ChosenPrecision => ({
    name,
    finding: { code: 'precision', message: `model.precision auto: ${name}, ${why}` },
  });
  if (trained !== undefined) return chosen('float32', `as ${tuning.label} trains ${trained}`);
  const speedup = await productSpeedup(device, model.spec.width);
  const measured = `products of integers take 1/${speedup.toFixed(1)} of the time on ${device.name}`;
  return chosen(speedup >= worthwhile ? 'int8' : 'float32', measured);
}

/**
 * Checks that the maps which a narrow precision would hold stay as they are.
 *
 * @throws TunesmithError `unsupported-precision` where one trains, or is replaced by one that has trained
 */
export function requireFrozenMaps(
  precision: Placing['name'],
  { model, tuning, head }: { model: Model; tuning: Tuning; head: boolean },
): void {
  const isWhole = precision === 'blocks';
  const trained = trainedMaps(model, tuning, head || isWhole, isWhole);
  if (trained === undefined) return;
  throw new TunesmithError({
    package: 'tunesmith',
    code: 'unsupported-precision',
    message: `model.precision is ${precision} and ${tuning.label} trains ${trained}, which needs gradients of its own`,
    value: precision,
    accepted:
      'model.precision: float32, or a method that leaves the weights of linear maps as they are',
  });
}

/** What of the maps that narrow precisions would hold trains or has trained, in words. */
function trainedMaps(
  { spec }: Model,
  tuning: Tuning,
  head: boolean,
  embedding = false,
): string | undefined {
  if (tuning.kind === 'full') return 'every weight';
  const held = new Set(int8Sites(spec).map(({ weight }) => weight));
  if (head) held.add(spec.head.weight);
  if (embedding) held.add(spec.embed.weight);
  const copied = tuning.adapters.flatMap(({ plan }) => [...plan.base, ...(plan.changed ?? [])]);
  const base = copied.find((name) => held.has(name));
  return base === undefined ? undefined : `"${base}"`;
}

/** What a model lies on a device in, and how that is made when it is placed; float32 where it is absent. */
export interface Placing {
  readonly name: Exclude<PrecisionName, 'float32'>;
  make(): Precision | Promise<Precision>;
}

/** The precisions that need nothing but the weights. */
export type CodedName = Exclude<PrecisionName, 'float32' | 'int8'>;

/** A precision that needs nothing but the weights. */
export function inCodes(
  name: CodedName,
  { model: { spec }, device }: { readonly model: Model; readonly device: Device },
): Placing {
  const make = {
    int16: () => int8Precision(spec, { largest: device.largestByte ?? 127, bytes: 2 }),
    nf4: () => nf4Precision(spec),
    blocks: () => blocksPrecision(spec),
  }[name];
  return { name, make };
}

/** Int8 that is made when it is needed. */
export function inInt8(make: Placing['make']): Placing {
  return { name: 'int8', make };
}

/** A model that is placed in int8. */
export interface Int8Model {
  readonly model: Model;
  readonly device: Device;
  /** Whether its head computes in integers too. */
  readonly head: boolean;
}

/** Makes the precision in which a model is placed; inputs are evened out by rows that the run sees. */
export async function int8Of(
  placing: Int8Model,
  rows: readonly CalibrationRow[],
): Promise<Precision> {
  return int8With(placing, await calibrate(placing, rows));
}

/** Int8 with factors that are known. */
export function int8With({ model, device, head }: Int8Model, smoothing: Smoothing): Precision {
  return int8Precision(model.spec, { largest: device.largestByte ?? 127, smoothing, head });
}

/** Int8 with the factors that a run left in its folder. */
export async function int8From(placing: Int8Model, run: Files): Promise<Precision> {
  return int8With(placing, await readSmoothing(run, placing.model.spec));
}

/**
 * Int8 of a run: with the factors in its folder where it goes on, otherwise with those of `rows`, which it leaves there.
 */
export async function int8OfRun(
  placing: Int8Model,
  { run, resume }: { run: Files; resume: boolean },
  rows: readonly CalibrationRow[],
): Promise<Precision> {
  if (resume && (await run.stat(smoothingName))) return int8From(placing, run);
  const smoothing = await calibrate(placing, rows);
  await writeSmoothing(run, smoothing);
  return int8With(placing, smoothing);
}

async function calibrate(
  { model, device }: Int8Model,
  rows: readonly CalibrationRow[],
): Promise<Smoothing> {
  if (rows.length === 0) return new Map();
  const placed = await placeModel(model, device);
  try {
    return await smoothingOf(placed, rows);
  } finally {
    placed.dispose();
  }
}

/** A few rows, spread over the whole source; virtual tokens are left out. */
export function calibrationRows(source: RowSource, count: number): CalibrationRow[] {
  const n = Math.min(count, source.rows);
  return Array.from({ length: n }, (_, i) => {
    const row = source.row(Math.floor((i * source.rows) / n));
    return { ...seen(row), ...(row.source ? { source: seen(row.source) } : {}) };
  });
}

function seen({
  ids,
  positions,
  segmentIds,
  virtualTokenIds,
}: Pick<Row, 'ids' | 'positions' | 'segmentIds' | 'virtualTokenIds'>): CalibrationRow {
  return {
    ids,
    positions,
    segmentIds: virtualTokenIds
      ? segmentIds.map((segment, at) => (virtualTokenIds[at]! < 0 ? segment : 0))
      : segmentIds,
  };
}

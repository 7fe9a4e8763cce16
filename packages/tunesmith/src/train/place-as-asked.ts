import type { CalibrationRow } from '@tunesmith/models';
import type { Files, PromptTemplate, RecipeInput } from '@tunesmith/schema';
import { prepareData } from '@tunesmith/trainer';
import type { CollectedData } from '../data/collect.ts';
import { withoutOverlap } from '../data/overlap.ts';
import type { ShownSets } from '../evaluation/shown-sets.ts';
import type { ParsedRecipe } from '../recipe/parse.ts';
import { placementOf, type Session, type Warning } from '../session.ts';
import {
  calibrationRows,
  choosePrecision,
  inCodes,
  inInt8,
  int8From,
  int8Of,
} from './precision.ts';
import { firstOf, fittingLength, preparing } from './rows.ts';

/** What an evaluation measures with. */
export interface Measuring {
  found: ParsedRecipe;
  collected: CollectedData;
  sets: ShownSets;
  template: PromptTemplate;
  /** The folder of the run whose factors are used in int8, if there is one. */
  factors(): Promise<Files | undefined>;
}

/** The precision that a recipe names. */
export function askedPrecision({ model }: RecipeInput): string | undefined {
  return typeof model === 'string' ? undefined : model.precision;
}

/**
 * Gives a session's model the precision that a recipe asks for; where it asks for none, it stays as it is. In int8 the factors are those of the run that is measured: the one whose recipe this is, or whose
 * adapter is used. Where there is none, the rows decide that a run of the recipe would calibrate by, so that what is measured
 * here is what such a run measures before it trains.
 *
 * @returns what `auto` chose, and why
 */
export async function placeAsAsked(
  session: Session,
  measuring: Measuring,
): Promise<Warning | undefined> {
  const { recipe, written } = measuring.found;
  const { model, device } = session;
  if (askedPrecision(written) === undefined) return undefined;
  const tuning = { kind: 'none', adapters: session.adapters, label: 'an adapter' } as const;
  const { name, finding } = await choosePrecision(recipe.model, { model, device, tuning });
  if (name === 'float32') session.placement = placementOf(model, device);
  else if (name !== 'int8') session.placement = placementOf(model, device, inCodes(name, session));
  else {
    const kept = await measuring.factors();
    const placing = { model, device, head: recipe.model.head_precision === 'int8' };
    const int8 = inInt8(async () =>
      kept === undefined
        ? int8Of(placing, await calibrationOf(session, measuring))
        : int8From(placing, kept),
    );
    session.placement = placementOf(model, device, int8);
  }
  return finding;
}

/** The rows that training on the recipe calibrates by. */
async function calibrationOf(
  session: Session,
  { found, collected, sets, template }: Measuring,
): Promise<readonly CalibrationRow[]> {
  const { recipe, written } = found;
  const { calibration_rows: count } = recipe.model;
  if (count === 0) return [];
  const { adapters, model } = session;
  const fitting = fittingLength(recipe, written, adapters, model.spec.maximumPositions);
  const prepare = preparing({ recipe: fitting, session, template, adapters });
  const heldOut = new Map([...collected.splits, ...sets.records]);
  const seen =
    collected.train.length === 0
      ? await firstOf(sets.records, prepare)
      : (await prepareData(withoutOverlap(collected, heldOut, collected.report).train, prepare))
          .source;
  return seen ? calibrationRows(seen, count) : [];
}

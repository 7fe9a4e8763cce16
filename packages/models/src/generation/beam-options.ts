import { checkNumbers, positiveWhole, type NumberRule } from './check-numbers.ts';
import { modelsError } from '../errors.ts';

/** How beams are searched. */
export interface BeamOptions {
  /** Texts that are followed at once; 1 (the default) follows the chosen token alone. */
  readonly beams?: number;
  /** A finished text scores `Σ log p / tokens^penalty`; 1 by default, above 0 favors longer texts. */
  readonly lengthPenalty?: number;
  /**
   * When a search ends. `true`: once as many texts as beams are finished. `false` (the default): once no running beam, at its present
   * length, scores above the worst finished text. `'never'`: once none can, at whatever length.
   */
  readonly earlyStopping?: boolean | 'never';
  /** Whether scores become log-probabilities again after the processors; false by default. */
  readonly renormalized?: boolean;
}

const rules: readonly NumberRule<BeamOptions>[] = [
  ['beams', positiveWhole, 'a whole number, at least 1'],
  ['lengthPenalty', Number.isFinite, 'a number'],
];

/** Checks the options' ranges. @throws `invalid-generation` */
export function checkBeams(options: BeamOptions): void {
  checkNumbers('invalid-generation', options, rules);
  const { earlyStopping = false } = options;
  if (typeof earlyStopping === 'boolean' || earlyStopping === 'never') return;
  throw modelsError({
    code: 'invalid-generation',
    message: `earlyStopping is ${String(earlyStopping)}`,
    value: earlyStopping,
    accepted: ['true', 'false', '"never"'],
  });
}

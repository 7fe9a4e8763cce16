import { partsOf, type Recipe } from '@tunesmith/schema';
import { list } from 'tunesmith/node';
import type { MethodContestant } from './contestants.ts';

/** What a comparison may say in place of its recipe. */
export interface SharedSettings {
  /** A model in place of the recipe's. */
  readonly model?: string;
  /** A device in place of the recipe's. */
  readonly device?: string;
  /** Steps of each run; those of the recipe by default. */
  readonly steps?: number;
  /**
   * Learning rates: those that were found for nano, or the methods' own, which suit models of a hundred million parameters and
   * more in hundreds of steps; `nano` by default.
   */
  readonly rates?: 'nano' | 'own';
  /** What the methods' own rates are multiplied by, for runs of few steps; 1 by default. */
  readonly rateFactor?: number;
}

/** {@link SharedSettings} as overrides of the recipe. */
export function sharedSettings({ model, device, steps }: SharedSettings): readonly string[] {
  return [
    ...(model === undefined ? [] : [`model=${JSON.stringify(model)}`]),
    ...(device === undefined ? [] : [`device=${JSON.stringify(device)}`]),
    ...(steps === undefined ? [] : [`training.steps=${steps}`]),
  ];
}

/** All that the recipe of a contestant says, as overrides of the one that all share. */
export function settingsOf(
  { method, learningRate, optimizer, precision, settings }: Omit<MethodContestant, 'name'>,
  shared: Recipe,
  options: SharedSettings,
): readonly string[] {
  const { from } = shared.model;
  const { rates = 'nano', rateFactor = 1 } = options;
  const rate = rates === 'nano' ? learningRate : ownRate(partsOf(method).name) * rateFactor;
  // that of another optimizer than AdamW is no multiple of a method's rate
  const named = optimizer !== undefined && rates === 'own';
  return [
    ...sharedSettings(options),
    ...(precision === undefined ? [] : [`model=${JSON.stringify({ from, precision })}`]),
    `method=${JSON.stringify(method)}`,
    ...(optimizer === undefined ? [] : [`training.optimizer.name=${optimizer}`]),
    ...(rate > 0 && !named ? [`training.optimizer.learning_rate=${rate}`] : []),
    ...(settings?.(shared) ?? []),
  ];
}

/** AdamW's own, for methods that name none; it suits LoRA. */
const usualRate = 2e-4;

const ownRate = (name: string): number => {
  if (name === 'none') return 0;
  const found = list({ kind: 'method' }).find((method) => method.name === name);
  return found?.learningRate ?? usualRate;
};

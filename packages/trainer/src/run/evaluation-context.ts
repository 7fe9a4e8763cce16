import { withFeeds } from '@tunesmith/peft';
import { addedUp } from '../data/collate.ts';
import type { BatchMeasure, StepRunner } from '../step/runner.ts';
import { meansOf } from '../objectives/objective.ts';
import { everyBatch } from './batches.ts';
import type { EvaluationContext, TrainOptions } from './options.ts';
import { checkLength } from './setup.ts';
import type { RunSetup } from './setup.ts';

/** What an evaluation at `step` may use: see {@link EvaluationContext}. */
export function evaluationContext(
  step: number,
  { model, seed, adapters = [] }: TrainOptions,
  { plan, trainable, objective }: RunSetup,
  runner: StepRunner,
): EvaluationContext {
  return {
    step,
    parameters: () => runner.parameters(),
    async adapters() {
      const parameters = await runner.parameters();
      return adapters.map((adapter) => withFeeds(adapter, parameters));
    },
    async measure(source) {
      const positions = (source.positions ?? source.tokens) + trainable.virtualTokens.keys;
      checkLength(positions, model.spec.maximumPositions);
      const { vocabulary } = model.spec;
      const found: BatchMeasure[] = [];
      for (const batch of everyBatch(source, plan.shape, { objective, vocabulary, seed }))
        found.push(await runner.measure(batch));
      const normalizers = addedUp(found.map((one) => one.normalizers));
      const { weights: n = 0 } = normalizers;
      return {
        loss: found.reduce((sum, { loss }) => sum + loss, 0) / n,
        means: meansOf(objective, addedUp(found.map(({ sums }) => sums)), normalizers),
        unit: objective.unit,
        n,
      };
    },
  };
}

import { withFeeds } from '@tunesmith/peft';
import type { StepRunner } from '../step/runner.ts';
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
      const sums: Record<string, number> = {};
      let loss = 0;
      let n = 0;
      for (const batch of everyBatch(source, plan.shape, { objective, vocabulary, seed })) {
        const found = await runner.measure(batch);
        loss += found.loss;
        n += found.normalizer;
        for (const [name, sum] of Object.entries(found.sums)) sums[name] = (sums[name] ?? 0) + sum;
      }
      return { loss: loss / n, means: meansOf(objective, sums, n), unit: objective.unit, n };
    },
  };
}

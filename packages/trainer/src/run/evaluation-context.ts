import { withFeeds } from '@tunesmith/peft';
import type { StepRunner } from '../step/runner.ts';
import { everyBatch } from './batches.ts';
import type { EvaluationContext, TrainOptions } from './options.ts';
import { checkLength } from './setup.ts';
import type { RunSetup } from './setup.ts';

/** What an evaluation at `step` may use: see {@link EvaluationContext}. */
export function evaluationContext(
  step: number,
  { model, adapters = [] }: TrainOptions,
  { plan, trainable }: RunSetup,
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
      checkLength(source.tokens + trainable.virtualTokens.keys, model.spec.maximumPositions);
      const total = { loss: 0, correct: 0, supervised: 0 };
      for (const batch of everyBatch(source, plan.shape, model.spec.vocabulary)) {
        const found = await runner.measure(batch);
        total.loss += found.loss;
        total.correct += found.correct;
        total.supervised += found.supervised;
      }
      const { loss, correct, supervised } = total;
      return {
        loss: loss / supervised,
        accuracy: correct / supervised,
        supervisedTokens: supervised,
      };
    },
  };
}

import { expect, test } from 'vitest';
import type { EvaluationPlan } from './options.ts';
import { judge } from './watch.ts';
import type { EarlyStopping } from './watch.ts';

const plan = (earlyStopping?: EvaluationPlan['earlyStopping']): EvaluationPlan => ({
  every: 1,
  run: async () => ({ results: [] }),
  ...(earlyStopping ? { earlyStopping } : {}),
});

function follow(values: readonly number[], settings: EvaluationPlan, higherIsBetter = false) {
  let earlyStopping: EarlyStopping = { evaluationsWithoutImprovement: 0 };
  const stops: boolean[] = [];
  values.forEach((value, index) => {
    const verdict = judge(
      earlyStopping,
      index + 1,
      { results: [], watch: { metric: 'm', value, higherIsBetter } },
      settings,
    );
    earlyStopping = verdict.earlyStopping;
    stops.push(verdict.stop);
  });
  return { earlyStopping, stops };
}

test('the best value so far is kept with its step', () => {
  expect(follow([3, 1, 2], plan()).earlyStopping.best).toEqual({ step: 2, metric: 'm', value: 1 });
  expect(follow([3, 1, 2], plan(), true).earlyStopping.best).toEqual({
    step: 1,
    metric: 'm',
    value: 3,
  });
});

test('training stops after as many evaluations without improvement as patience allows', () => {
  expect(follow([3, 2, 2.5, 2.5], plan({ patience: 2 })).stops).toEqual([
    false,
    false,
    false,
    true,
  ]);
});

test('a gain below the minimum does not count against patience, but is still the best', () => {
  const { stops, earlyStopping } = follow(
    [3, 2.99, 2.98],
    plan({ patience: 2, minimum_improvement: 0.1 }),
  );
  expect(stops).toEqual([false, false, true]);
  expect(earlyStopping.best?.value).toBe(2.98);
});

test('a value that is not a number is never the best', () => {
  expect(follow([NaN, 4], plan()).earlyStopping.best).toEqual({ step: 2, metric: 'm', value: 4 });
});

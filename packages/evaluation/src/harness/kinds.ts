import { answerChoices, TunesmithError, type Instance, type Metric } from '@tunesmith/schema';
import type { EvaluatedModel, Likelihood } from './model.ts';
import { classMeasure, type Observation } from './measures.ts';
import { scoreOf } from './metric-score.ts';
import type { PromptEncoder } from './prompt.ts';
import type { InstanceResult } from './results.ts';

/** What measuring an instance needs. */
export interface MeasureContext {
  model: EvaluatedModel;
  encoder: PromptEncoder;
  metrics: readonly Metric[];
  maxNewTokens: number;
  signal?: AbortSignal;
}

/** What one instance shows, before it is filed under its task. */
export type Measurement = Pick<
  InstanceResult,
  'observations' | 'prediction' | 'references' | 'choices'
>;

/** Right answers of an instance: its output, and further ones in `meta.references`. */
export function referencesOf({ output, meta }: Instance): string[] {
  const further = meta?.['references'];
  return [
    output,
    ...(Array.isArray(further) ? further.filter((one) => typeof one === 'string') : []),
  ];
}

/** Kind `loss`: the likelihood of each instance's output. */
export async function measureLoss(
  instances: readonly Instance[],
  { model, encoder, signal }: MeasureContext,
): Promise<Measurement[]> {
  const likelihoods = await model.logLikelihoods(
    instances.map((record) => ({ ...encoder.answer(record, record.output), record })),
    signal ? { signal } : {},
  );
  return instances.map((instance, index) => {
    const { sum, tokens, correct } = finite(likelihoods[index]!, instance.id);
    const loss = { total: -sum, weight: tokens };
    return {
      observations: {
        loss,
        perplexity: loss,
        'token-accuracy': { total: correct, weight: tokens },
      },
      references: referencesOf(instance),
    };
  });
}

/**
 * Kind `rank`: the likelihood of every choice, with what ends an answer, so that each is the probability of giving that
 * answer and no longer one. `accuracy` takes the choice with the highest log-likelihood, `accuracy-per-character` the
 * one with the highest log-likelihood divided by the characters of the choice. The first of equals wins. A choice that the template
 * can write in several ways has the mean of their log-likelihoods.
 *
 * @throws TunesmithError `invalid-choices`, `no-choices`, `output-not-a-choice`
 * @see Sanh et al. 2021, https://arxiv.org/abs/2110.08207 (sum); Gao et al., lm-evaluation-harness (per character)
 */
export async function measureRank(
  instances: readonly Instance[],
  { model, encoder, signal }: MeasureContext,
): Promise<Measurement[]> {
  const asked = instances.map((instance) =>
    choicesOf(instance).map((choice) => ({
      choice,
      ways: encoder.answers?.(instance, choice) ?? [encoder.answer(instance, choice)],
    })),
  );
  const likelihoods = await model.logLikelihoods(
    instances.flatMap((record, index) =>
      asked[index]!.flatMap(({ ways }) => ways.map((way) => ({ ...way, record }))),
    ),
    signal ? { signal } : {},
  );
  let start = 0;
  return instances.map((instance, index) => {
    const own = asked[index]!.map(({ choice }) => choice);
    const scores = asked[index]!.map(({ ways }) => {
      const found = likelihoods.slice(start, (start += ways.length));
      return found.reduce((sum, one) => sum + finite(one, instance.id).sum, 0) / ways.length;
    });
    const references = referencesOf(instance);
    const best = (score: (likelihood: number, choice: string) => number) =>
      own[argmax(scores.map((likelihood, place) => score(likelihood, own[place]!)))]!;
    const prediction = best((sum) => sum);
    const perCharacter = best((sum, choice) => sum / Math.max(1, [...choice].length));
    return {
      observations: {
        accuracy: hit(references.includes(prediction)),
        'accuracy-per-character': hit(references.includes(perCharacter)),
      },
      prediction,
      references,
      choices: own.length,
    };
  });
}

/** Kind `generate`: the greedy answer, scored by each metric without the white space around it. */
export async function measureGenerate(
  instances: readonly Instance[],
  { model, encoder, metrics, maxNewTokens, signal }: MeasureContext,
): Promise<Measurement[]> {
  const answers = await model.generate(
    instances.map((instance) => encoder.prompt(instance)),
    {
      maximumTokens: maxNewTokens,
      stopIds: encoder.endIds ?? [],
      records: instances,
      ...(signal ? { signal } : {}),
    },
  );
  return instances.map((instance, index) => {
    const prediction = answers[index]!.text.trim();
    const references = referencesOf(instance);
    const observations = metrics.map((metric): [string, Observation] => [
      metric.name,
      { total: scoreOf(metric, instance.id, prediction, references), weight: 1 },
    ]);
    return { observations: Object.fromEntries(observations), prediction, references };
  });
}

/**
 * Kind `objective`: what the run's objective says, its loss and what it counts along, and of objectives with classes whether each
 * was named and right.
 *
 * @throws TunesmithError `no-objective` for a model that is measured by its text
 */
export async function measureObjective(
  instances: readonly Instance[],
  { model: { objective }, signal }: MeasureContext,
): Promise<Measurement[]> {
  if (!objective)
    throw new TunesmithError({
      package: '@tunesmith/evaluation',
      code: 'no-objective',
      message: 'a task of kind objective measures models that write no text',
      accepted: 'a task of kind loss, rank or generate',
    });
  const found = await objective.measure(instances, signal ? { signal } : {});
  return found.map(({ observations, classes }) => {
    if (!classes) return { observations: { ...observations }, references: [] };
    const { named, right } = classes;
    const seen = [...new Set([...named, ...right])].map((name): [string, Observation] => {
      const [isNamed, isRight] = [named.includes(name), right.includes(name)].map(Number);
      return [classMeasure(name), { total: 2 * isNamed! * isRight!, weight: isNamed! + isRight! }];
    });
    return {
      observations: { ...observations, ...Object.fromEntries(seen) },
      prediction: named.join(', '),
      references: [right.join(', ')],
    };
  });
}

/** A likelihood that is a number. @throws TunesmithError `not-finite` naming the instance */
function finite(likelihood: Likelihood, id: string): Likelihood {
  if (Number.isFinite(likelihood.sum)) return likelihood;
  throw new TunesmithError({
    package: '@tunesmith/evaluation',
    code: 'not-finite',
    message: `the model gives the answer of instance "${id}" a log-likelihood of ${likelihood.sum}`,
    value: likelihood.sum,
    accepted: 'a model whose logits are finite',
  });
}

function choicesOf(instance: Instance): readonly string[] {
  const { id, output } = instance;
  const choices = answerChoices(instance);
  if (choices === undefined) {
    throw new TunesmithError({
      package: '@tunesmith/evaluation',
      code: 'no-choices',
      message: `instance "${id}" has no choices to rank`,
      accepted: 'meta.choices, the closed set of answers',
    });
  }
  if (!choices.includes(output)) {
    throw new TunesmithError({
      package: '@tunesmith/evaluation',
      code: 'output-not-a-choice',
      message: `the output of instance "${id}" is none of its choices`,
      value: output,
      accepted: choices,
    });
  }
  return choices;
}

function hit(isHit: boolean): Observation {
  return { total: isHit ? 1 : 0, weight: 1 };
}

function argmax(values: readonly number[]): number {
  return values.reduce((best, value, index) => (value > values[best]! ? index : best), 0);
}

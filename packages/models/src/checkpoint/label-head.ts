import { modelsError } from '../errors.ts';
import type { HeadKind, ModelSpec } from '../model.ts';

type Problem = Extract<HeadKind, { kind: 'labels' }>['problem'];

/** A head for labels that a checkpoint is to have, in place of the one for tokens. */
export interface LabelHeadOptions {
  /** The labels' names, each once; of a regression the names of the numbers. */
  readonly labels: readonly string[];
  /** One label of several (the usual), any number of them, or numbers. */
  readonly problem?: Problem;
  /** Seed of the first values of what the checkpoint lacks; 0 by default. */
  readonly seed?: number;
}

/** The words of `problem_type`. */
const words: Readonly<Record<Problem, string>> = {
  single: 'single_label_classification',
  several: 'multi_label_classification',
  regression: 'regression',
};

/**
 * The configuration of a checkpoint with a head for labels: its class is the family's `…ForSequenceClassification`.
 *
 * @throws TunesmithError `invalid-labels` for labels that are none, or twice the same
 */
export function classifyingConfiguration(
  configuration: Readonly<Record<string, unknown>>,
  { labels, problem = 'single' }: LabelHeadOptions,
): Record<string, unknown> {
  const twice = labels.find((label, i) => labels.indexOf(label) !== i);
  const least = problem === 'single' ? 2 : 1;
  if (labels.length < least || twice !== undefined)
    throw modelsError({
      code: 'invalid-labels',
      message:
        twice === undefined
          ? `a head needs more labels than ${labels.length}`
          : `the label "${twice}" is named twice`,
      value: labels,
      accepted: `at least ${least} names, each once`,
    });
  const [stated] = [configuration['architectures']].flat();
  const family =
    typeof stated === 'string'
      ? stated.replace(/(For[A-Z]\w*|LMHeadModel|Model)$/, '')
      : String(configuration['model_type']);
  return {
    ...configuration,
    architectures: [`${family}ForSequenceClassification`],
    id2label: Object.fromEntries(labels.map((label, i) => [i, label])),
    label2id: Object.fromEntries(labels.map((label, i) => [label, i])),
    problem_type: words[problem],
  };
}

/** Whether a model has the very head that is asked for. */
export function hasLabels(
  { headKind }: ModelSpec,
  { labels, problem = 'single' }: LabelHeadOptions,
): boolean {
  return (
    headKind.kind === 'labels' &&
    headKind.problem === problem &&
    headKind.labels.length === labels.length &&
    headKind.labels.every((label, i) => label === labels[i])
  );
}

/** @throws TunesmithError `other-labels` for a checkpoint whose head is for other labels */
export function refuseOtherLabels(place: string, { headKind }: ModelSpec): void {
  if (headKind.kind !== 'labels') return;
  throw modelsError({
    code: 'other-labels',
    message: `the model in ${place} has a head for other labels than those asked for`,
    value: headKind.labels,
    accepted: `no labels of one's own, or those of its head: ${headKind.labels.join(', ')}`,
  });
}

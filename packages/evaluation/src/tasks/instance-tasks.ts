import type { EvaluationTask, Instance, Mention } from '@tunesmith/schema';

/** Which tasks to make of a set of instances. */
export interface InstanceTasksOptions {
  /** Metrics of generated answers; absent takes all that the evaluation is given. */
  metrics?: readonly Mention[];
  /** Also generate answers for instances that have choices; false by default, because ranking is faster and stricter. */
  generateChoices?: boolean;
}

/**
 * The tasks that a set of instances allows: `<name>-loss` over all, `<name>-rank` over those with `meta.choices`, and
 * `<name>-generate` over the others. A task without instances is left out.
 *
 * @param name what to call the set, such as `heldout`
 */
export function instanceTasks(
  name: string,
  instances: readonly Instance[],
  { metrics, generateChoices = false }: InstanceTasksOptions = {},
): EvaluationTask[] {
  const task = (kind: keyof typeof sentences, own: readonly Instance[]): EvaluationTask[] =>
    own.length === 0
      ? []
      : [
          {
            specVersion: 2,
            name: `${name}-${kind}`,
            description: `${sentences[kind]} of the instances of ${name}.`,
            kind,
            ...(kind === 'generate' && metrics ? { metrics: [...metrics] } : {}),
            instances: () => own,
          },
        ];
  return [
    ...task('loss', instances),
    ...task('rank', instances.filter(hasChoices)),
    ...task('generate', generateChoices ? instances : instances.filter((one) => !hasChoices(one))),
  ];
}

const sentences = {
  loss: 'The likelihood of the answers',
  rank: 'The choices',
  generate: 'The written answers',
} as const;

function hasChoices({ meta }: Instance): boolean {
  return meta?.choices !== undefined;
}

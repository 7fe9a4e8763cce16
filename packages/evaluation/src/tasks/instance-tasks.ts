import type { EvaluationTask, Instance } from '@tunesmith/schema';

/** Which tasks to make of a set of instances. */
export interface InstanceTasksOptions {
  /** Metrics of generated answers; absent takes all that the evaluation is given. */
  metrics?: readonly string[];
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
  const task = (kind: EvaluationTask['kind'], own: readonly Instance[]): EvaluationTask[] =>
    own.length === 0
      ? []
      : [
          {
            specVersion: 1,
            name: `${name}-${kind}`,
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

function hasChoices({ meta }: Instance): boolean {
  return meta?.choices !== undefined;
}

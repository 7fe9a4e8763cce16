import type { ModelSpec } from '@tunesmith/models';
import { TunesmithError } from '@tunesmith/schema';
import type { ObjectiveContext } from './objective.ts';

/**
 * Checks that a model is one that an objective can train.
 *
 * @throws TunesmithError `wrong-model` naming the objective, the model's kind and its head
 */
export function requireModel(
  objective: string,
  { model: { spec } }: ObjectiveContext,
  kinds: readonly ModelSpec['kind'][],
  head: ModelSpec['headKind']['kind'],
): void {
  if (kinds.includes(spec.kind) && spec.headKind.kind === head) return;
  throw new TunesmithError({
    package: '@tunesmith/trainer',
    code: 'wrong-model',
    message: `the objective ${objective} cannot train this ${spec.modelType}: it is of kind ${spec.kind}, and its head gives ${outputs(spec.headKind.kind)}`,
    value: spec.kind,
    accepted: `a model of kind ${kinds.join(' or ')} whose head gives ${outputs(head)}`,
  });
}

function outputs(head: ModelSpec['headKind']['kind']): string {
  return head === 'labels' ? 'labels' : 'a vocabulary';
}

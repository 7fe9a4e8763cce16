import type { Model } from '@tunesmith/models';
import { mergeAdapters, type Adapter } from '@tunesmith/peft';
import { TunesmithError } from '@tunesmith/schema';
import type { Session } from './session.ts';

/**
 * There must be something to fold into a model.
 *
 * @throws TunesmithError `nothing-to-merge`
 */
export function requireAdapters({ adapters }: Session, model: string): void {
  if (adapters.length > 0) return;
  throw new TunesmithError({
    package: 'tunesmith',
    code: 'nothing-to-merge',
    message: `there is no adapter to fold into ${model}`,
    value: model,
    accepted: 'the folder of a run that trained an adapter, or a model with --adapter FOLDER',
  });
}

/**
 * The model of a session with adapters folded in, once its logits agree with those of the model beside them.
 *
 * @throws TunesmithError `cannot-merge`, `merge-disagrees`
 */
export async function mergedModel(
  { model, device }: Session,
  adapters: readonly Adapter[],
): Promise<Model & { readonly changed: readonly string[] }> {
  requireForAll(adapters);
  return mergeAdapters({ model, adapters, device });
}

/** @throws TunesmithError `cannot-merge` for an adapter that records choose */
function requireForAll(adapters: readonly Adapter[]): void {
  const chosen = adapters.filter(({ byRecord }) => byRecord === true).map(({ name }) => name);
  if (chosen.length === 0) return;
  const names = chosen.map((name) => `"${name}"`).join(', ');
  const [who, why] =
    chosen.length === 1
      ? ['adapter', 'records choose it']
      : ['adapters', 'records choose among them'];
  throw new TunesmithError({
    package: 'tunesmith',
    code: 'cannot-merge',
    message: `${who} ${names} cannot be merged: ${why}, and a merged model serves all alike`,
    value: chosen,
    accepted: `one of them for all records (--adapter with its own folder, such as RUN/adapter/${chosen[0]}), or one made of all (--combine cat)`,
  });
}

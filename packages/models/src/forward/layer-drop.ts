import { modelsError } from '../errors.ts';
import type { ModelSpec } from '../model.ts';
import type { Scope } from './scope.ts';

/**
 * Refuses to train with the base's own dropout where its configuration would leave whole layers out at random, which is not
 * done here. Without dropout such a model is like any other.
 *
 * @param keys rates of the configuration
 * @throws TunesmithError `unsupported-configuration` naming the key
 */
export function refuseLayerDrop(
  { configuration }: ModelSpec,
  { dropsOut }: Scope,
  keys: readonly string[],
): void {
  const key = dropsOut ? keys.find((one) => Number(configuration[one] ?? 0) > 0) : undefined;
  if (key === undefined) return;
  throw modelsError({
    code: 'unsupported-configuration',
    message: `config.json: "${key}" is ${String(configuration[key])}: layers are not left out at random`,
    value: configuration[key],
    accepted: 'training.base_dropout: off, or 0 in config.json',
  });
}

import { TunesmithError, unknownName } from '@tunesmith/schema';
import type { PeftMethod } from './contract.ts';

/**
 * The method of that name among those given.
 *
 * @throws TunesmithError `unknown-name` listing what exists, `duplicate-name` when two methods share a name
 */
export function selectMethod(methods: readonly PeftMethod[], name: string): PeftMethod {
  const names = methods.map((method) => method.name);
  const twice = names.find((other, index) => names.indexOf(other) !== index);
  if (twice !== undefined) {
    throw new TunesmithError({
      package: '@tunesmith/peft',
      code: 'duplicate-name',
      message: `two methods are named "${twice}"`,
      value: twice,
      accepted: 'a different name for each method',
    });
  }
  const found = methods.find((method) => method.name === name);
  if (found === undefined)
    throw unknownName({ package: '@tunesmith/peft', kind: 'method', name, names });
  return found;
}

import { fail } from '../errors.ts';
import type { Builtin } from '../signature.ts';
import type { Run, Value } from '../values.ts';

/** The filter of a name in the language of a rendering. @throws JinjaError where it has none */
export function findFilter({ language }: Run, name: Value): Builtin {
  const filter = typeof name === 'string' ? language.filters.get(name) : undefined;
  return filter ?? fail(`No filter named '${String(name)}'.`);
}

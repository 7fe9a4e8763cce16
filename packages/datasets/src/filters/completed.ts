import { withDefaults, type DataFilter } from '@tunesmith/schema';

/** Options of a filter with its defaults, where a program leaves some out. */
export function completed<Options>({ options = {} }: Pick<DataFilter, 'options'>, given: unknown) {
  return withDefaults(options, given ?? {}) as Options;
}

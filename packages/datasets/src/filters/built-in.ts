import {
  choosePlugin,
  dataFilterKind,
  settle,
  type DataFilter,
  type Mention,
} from '@tunesmith/schema';
import { answered } from './answered.ts';
import { decontaminate } from './decontaminate.ts';
import { language } from './language.ts';
import { length } from './length.ts';
import { nearDuplicates } from './near-duplicates/near-duplicates.ts';
import { redact } from './redact/redact.ts';
import { repetition } from './repetition/repetition.ts';
import { unique } from './unique.ts';

/** The data filters that come with this package. */
export const builtinFilters: readonly DataFilter[] = [
  answered,
  length,
  repetition,
  language,
  redact,
  unique,
  nearDuplicates,
  decontaminate,
];

/**
 * The data filter of that name, with the options beside the name settled and checked.
 *
 * @param filters what there is: built-ins by default, with a program's own added
 * @throws TunesmithError `unknown-name` naming the nearest; `invalid-data-filter-<name>` for options that its schema refuses; what
 * the filter says against them
 */
export function findFilter(
  mention: Mention,
  filters: readonly DataFilter[] = builtinFilters,
): DataFilter {
  const filter = settle(dataFilterKind, choosePlugin(dataFilterKind, mention, filters));
  filter.check?.();
  return filter;
}

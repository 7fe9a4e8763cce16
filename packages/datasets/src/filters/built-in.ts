import {
  choosePlugin,
  dataFilterKind,
  settle,
  type DataFilter,
  type Mention,
} from '@tunesmith/schema';
import { answered } from './answered.ts';
import { deita } from './choose/deita.ts';
import { diverse } from './choose/diverse.ts';
import { decontaminate } from './decontaminate.ts';
import { language } from './language.ts';
import { length } from './length.ts';
import { nearDuplicates } from './near-duplicates/near-duplicates.ts';
import { redact } from './redact/redact.ts';
import { repetition } from './repetition/repetition.ts';
import { ifd } from './score/ifd.ts';
import { judged } from './score/judged.ts';
import { perplexity } from './score/perplexity.ts';
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
  perplexity,
  ifd,
  judged,
  diverse,
  deita,
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

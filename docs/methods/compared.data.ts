import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { methodContestants, openResults, rowsIn, type MethodRow } from '@tunesmith/bench/methods';

/** What was measured, by model. */
export interface Compared {
  readonly nano: readonly MethodRow[];
  readonly smollm2: readonly MethodRow[];
}

declare const data: Compared;
export { data };

const rowsOf = (name: string, seeds: number): readonly MethodRow[] => {
  const file = fileURLToPath(new URL(`../../packages/bench/results/${name}.json`, import.meta.url));
  return existsSync(file) ? rowsIn(openResults(file), methodContestants, seeds) : [];
};

export default {
  load: (): Compared => ({ nano: rowsOf('nano', 3), smollm2: rowsOf('smollm2', 1) }),
};

import { fileURLToPath } from 'node:url';
import { methodContestants, openResults, rowsIn, type MethodRow } from '@tunesmith/bench/methods';

declare const data: readonly MethodRow[];
export { data };

const file = fileURLToPath(new URL('../../packages/bench/results/nano.json', import.meta.url));

export default {
  load: (): readonly MethodRow[] => rowsIn(openResults(file), methodContestants, 3),
};

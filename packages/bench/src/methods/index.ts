/** What `bench methods` measured, for the documentation. */
export { methodContestants } from './contestants.ts';
export { openResults, rowsIn } from './results.ts';
export { methodTable, type Interval, type MethodRow } from './table.ts';

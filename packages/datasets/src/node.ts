export { readRecords, readRows, writeRecords, writeRows } from './node/files.ts';
export { fileAt } from './node/places/file-at.ts';
export { isAddress, isPlace, placeOf } from './node/places/place.ts';
export {
  filesOfSplit,
  repositorySplits,
  type AskedSplit,
  type RepositorySplits,
} from './node/places/repository.ts';

export { readRecords, readRows, writeRecords } from './node/files.ts';

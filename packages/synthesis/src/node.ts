export { fileJournal, type FileJournal } from './node/file-journal.ts';

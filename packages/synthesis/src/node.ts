export { fileJournal, type FileJournal } from './node/file-journal.ts';
export { fileQueue, openFileQueue, type FileQueueOptions } from './node/file-queue/file-queue.ts';

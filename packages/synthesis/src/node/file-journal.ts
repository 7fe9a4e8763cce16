import { open, readFile, truncate } from 'node:fs/promises';
import { memoryJournal, type Journal, type JournalRecord } from '../asking/journal.ts';
import { refuse } from '../errors.ts';

/** A journal in a file, which is closed in the end. */
export interface FileJournal extends Journal {
  close(): Promise<void>;
}

/**
 * A journal in a file: a line of JSON an answer, each on the disk before it counts. A last line that a killed process left unfinished is
 * taken away.
 *
 * @param path the file; made where it is not there
 * @throws TunesmithError `broken-journal` naming the line that is none of a journal
 */
export async function fileJournal(path: string): Promise<FileJournal> {
  const known = await readJournal(path);
  const memory = memoryJournal(known);
  const file = await open(path, 'a');
  let writing: Promise<void> = Promise.resolve();
  return {
    ...memory,
    async append(record) {
      const mine = writing.then(async () => {
        await file.appendFile(`${JSON.stringify(record)}\n`);
        await file.datasync();
        await memory.append(record);
      });
      writing = mine.catch(() => undefined);
      await mine;
    },
    async close() {
      await writing;
      await file.close();
    },
  };
}

async function readJournal(path: string): Promise<JournalRecord[]> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  const whole = bytes.lastIndexOf(0x0a) + 1;
  if (whole < bytes.length) await truncate(path, whole);
  return bytes
    .toString('utf8', 0, whole)
    .split('\n')
    .slice(0, -1)
    .map((line, index) => journalRecord(line, path, index + 1));
}

function journalRecord(line: string, path: string, number: number): JournalRecord {
  try {
    const record = JSON.parse(line) as Partial<JournalRecord>;
    if (typeof record.key === 'string' && Array.isArray(record.response?.answers))
      return record as JournalRecord;
  } catch {
    // said below
  }
  throw refuse({
    code: 'broken-journal',
    message: `${path}:${number} is no answer of a journal`,
    value: line.slice(0, 200),
    accepted:
      'the file as it was written, or another folder: without the journal everything is asked again',
  });
}

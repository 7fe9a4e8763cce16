import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Recipe } from '@tunesmith/schema';
import { fileJournal, type FileJournal } from '@tunesmith/synthesis/node';
import { lockFolder } from './lock.ts';
import { makeFolders, removeEmpty } from './make-folders.ts';

/**
 * The file in which answers are kept that filters ask of chat models: in the folder of tokens that a recipe names, else in the run's own. A
 * run's folder that holds nothing else is still free, and a run that is overwritten leaves it, so that nothing is paid twice.
 */
export const answersName = 'answers.jsonl';

/** Opens a journal; asked for with the first answer. */
export type OpenJournal = () => Promise<FileJournal>;

/**
 * A journal in a file, whose folder is made with it. Where nothing was answered, nothing is left.
 *
 * Opening throws TunesmithError `broken-journal`
 */
export function journalAt(path: string): OpenJournal {
  return async () => {
    const folder = dirname(path);
    const made = await makeFolders(folder);
    const journal = await fileJournal(path);
    return {
      ...journal,
      async close() {
        await journal.close();
        for (const _ of journal.records()) return;
        await rm(path, { force: true });
        if (made !== undefined) await removeEmpty(folder, made);
      },
    };
  };
}

/**
 * The journal of a run that does not hold its folder yet: the folder is taken for this process as long as the journal is open.
 *
 * Opening throws TunesmithError `run-locked` where another process writes there; `broken-journal`
 */
export function answersIn(directory: string): OpenJournal {
  return async () => {
    const made = await makeFolders(directory);
    const lock = await lockFolder(directory);
    const leave = async (): Promise<void> => {
      await lock.release();
      if (made !== undefined) await removeEmpty(directory, made);
    };
    try {
      const journal = await journalAt(join(directory, answersName))();
      return { ...journal, close: () => journal.close().finally(leave) };
    } catch (error) {
      await leave();
      throw error;
    }
  };
}

/** Where a run keeps the answers that its filters ask: in the folder of tokens that its recipe names, else in its own. */
export function answersOfRun({ preparation }: Recipe, directory: string): OpenJournal {
  const { cache } = preparation ?? {};
  return cache === undefined ? answersIn(directory) : journalAt(join(cache, answersName));
}

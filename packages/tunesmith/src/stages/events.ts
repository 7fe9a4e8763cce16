import type { FileRecord } from '@tunesmith/schema';
import { readEvents } from '../run/event-log.ts';
import { runFolder } from '../run/folder.ts';

/** A stage that a run came to the end of. */
export interface FinishedStage {
  /** The digest of the recipe that it was done by. */
  readonly recipe: string;
  /** The files that it left; absent where nothing recorded them. */
  readonly wrote?: Readonly<Record<string, FileRecord>>;
  /** The files that it read and no stage wrote. */
  readonly read?: Readonly<Record<string, FileRecord>>;
}

/** What a run tells of its stages. */
export interface StageHistory {
  /** Every stage that was ever begun. */
  readonly begun: ReadonlySet<string>;
  /** Those that are finished: one that was begun again is not. */
  readonly finished: ReadonlyMap<string, FinishedStage>;
}

/** What the events of the run in a folder tell of its stages. */
export async function stageHistory(directory: string): Promise<StageHistory> {
  const begun = new Set<string>();
  const finished = new Map<string, FinishedStage>();
  for (const event of await readEvents(runFolder(directory).events)) {
    if (event.type === 'stage-start') {
      begun.add(event.stage);
      finished.delete(event.stage);
    }
    if (event.type === 'stage-end' && event.reason === 'done') finished.set(event.stage, event);
  }
  return { begun, finished };
}

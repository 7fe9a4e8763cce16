import { readEvents } from '../run/event-log.ts';
import { runFolder } from '../run/folder.ts';

/** The stages that a run came to the end of, each with the digest of the recipe that it was done by. */
export async function finishedStages(directory: string): Promise<Map<string, string>> {
  const finished = new Map<string, string>();
  for (const event of await readEvents(runFolder(directory).events))
    if (event.type === 'stage-end' && event.reason === 'done')
      finished.set(event.stage, event.recipe);
  return finished;
}

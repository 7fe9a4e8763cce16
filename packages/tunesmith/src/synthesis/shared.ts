import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { writeFileAtomically } from '@tunesmith/schema/node';
import { TunesmithError, type JobQueue, type Mention, type Registry } from '@tunesmith/schema';

/** What a stage whose requests workers answer is called in the queue. */
export const sharedName = 'queue.json';

/** The queue that a mention names; whatever is wrong with it is thrown here. */
export async function openQueue(mention: Mention, registry: Registry): Promise<JobQueue> {
  const { plugin, options } = registry.choose('queue', mention);
  return plugin.open(options);
}

/** The name under which a stage asks, kept in its file: the same one when the stage is gone on with. */
export async function runNameIn(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) {
    const run = randomUUID();
    await writeFileAtomically(path, `${JSON.stringify({ run })}\n`);
    return run;
  }
  const { run } = Object(parsed(text)) as { run?: unknown };
  if (typeof run === 'string' && run !== '') return run;
  throw new TunesmithError({
    package: 'tunesmith',
    code: 'broken-run',
    message: `${path} does not say what the stage is called in the queue`,
    value: text.slice(0, 200),
    accepted: '{ "run": … } as it was written; without it everything in the queue is asked again',
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

import { TunesmithError, type StageRecipe } from '@tunesmith/schema';
import type { FinishedStage, StageHistory } from './events.ts';
import { changesOf, pathsRead, type FileChange } from './files.ts';
import { stageFolder } from './reference.ts';
import { stagesBefore } from './references.ts';

/** A stage of a run that is ready to start. */
export interface StagePlan {
  /** What the stage says, and what the recipe says for all stages; paths are absolute, references stand. */
  readonly stage: StageRecipe;
  /** By what a finished stage is held to its recipe. */
  readonly digest: string;
  /** Whether it was finished before, and is kept. */
  readonly finished: boolean;
  /** Why it is done once more although it was finished: `stage "up" is run again: …`. */
  readonly again?: string;
}

/**
 * Which stages of a run that goes on are kept: those that are finished, and are what they were. One of which files are gone is
 * done again, and so is what builds on it.
 *
 * @param run the folder of the run
 * @throws TunesmithError `changed-order` where a new stage stands before finished ones; `changed-output` where a file that a
 * finished stage left is another one now; `changed-stage` and `changed-input` where a stage that would be kept was done by another
 * recipe, or read other files
 */
export async function heldStages(
  stages: readonly Pick<StagePlan, 'stage' | 'digest'>[],
  { begun, finished }: StageHistory,
  run: string,
): Promise<StagePlan[]> {
  requireOrder(stages, { begun, finished });
  const plans: StagePlan[] = [];
  for (const plan of stages) {
    const { name } = plan.stage;
    const known = finished.get(name);
    if (!known) {
      plans.push({ ...plan, finished: false });
      continue;
    }
    const because =
      (await lossOf(name, known, stageFolder(run, name))) ?? openBefore(plan.stage, plans);
    if (because === undefined) await requireSame(plan, known);
    plans.push(
      because === undefined
        ? { ...plan, finished: true }
        : { ...plan, finished: false, again: `stage "${name}" is run again: ${because}` },
    );
  }
  return plans;
}

/** Finished stages come first. */
function requireOrder(
  stages: readonly Pick<StagePlan, 'stage'>[],
  { begun, finished }: StageHistory,
): void {
  const fresh = stages.findIndex(({ stage }) => !begun.has(stage.name));
  const late = stages.slice(fresh + 1).find(({ stage }) => finished.has(stage.name));
  if (fresh < 0 || !late) return;
  const { name } = stages[fresh]!.stage;
  throw refuse(
    'changed-order',
    `stage "${late.stage.name}" was finished before there was a stage "${name}" ahead of it`,
    name,
    asTheyWere,
  );
}

/** What a finished stage left and is gone, if anything is. */
async function lossOf(
  name: string,
  { wrote }: FinishedStage,
  folder: string,
): Promise<string | undefined> {
  if (!wrote) return 'the run does not say which files it left';
  const changes = await changesOf(wrote, folder);
  const changed = changes.filter(({ is }) => is !== 'absent');
  if (changed.length > 0)
    throw refuse(
      'changed-output',
      `stage "${name}" is finished, and what it left in ${folder} is not as it was written: ${changed.map(shown).join('; ')}`,
      name,
      `the files as they were; ${folder} deleted, to run the stage and those that build on it again; or --overwrite to run all again`,
    );
  const [first, ...others] = changes.map(({ path }) => path);
  if (first === undefined) return undefined;
  const more = others.length === 0 ? 'is' : `and ${others.length} more that it left are`;
  return `${first} ${more} gone`;
}

/** The stage that another one builds on and that is still to be done, if there is one. */
function openBefore(stage: StageRecipe, earlier: readonly StagePlan[]): string | undefined {
  const before = new Set(stagesBefore(stage));
  const open = earlier.find((plan) => !plan.finished && before.has(plan.stage.name));
  return open && `it builds on stage "${open.stage.name}"`;
}

/** A stage that is kept must say what it said, and what it read must be what it was. */
async function requireSame(
  { stage, digest }: Pick<StagePlan, 'stage' | 'digest'>,
  { recipe, read = {} }: FinishedStage,
): Promise<void> {
  const { name } = stage;
  if (recipe !== digest)
    throw refuse(
      'changed-stage',
      `stage "${name}" is finished, and the recipe now says something else of it`,
      name,
      asTheyWere,
    );
  const now = await pathsRead(stage);
  const changes = [
    ...(await changesOf(read)),
    ...[...now.keys()]
      .filter((path) => !Object.hasOwn(read, path))
      .map((path) => ({ path, was: 'absent', is: 'there' })),
  ];
  if (changes.length === 0) return;
  const told = changes.map((change) => `${now.get(change.path) ?? 'a file'} ${shown(change)}`);
  throw refuse(
    'changed-input',
    `stage "${name}" is finished, and what it read has changed: ${told.join('; ')}`,
    changes.map(({ path }) => path),
    'what the stage read, its folder deleted to run it again, or --overwrite to run all again',
  );
}

/** A change as messages show it; of a checksum, its beginning. */
function shown({ path, was, is }: FileChange): string {
  const short = (text: string): string => (text.length === 64 ? `${text.slice(0, 12)}…` : text);
  return is === 'absent' || was === 'absent'
    ? `${path} was ${short(was)} and is ${short(is)}`
    : `${path}: sha256 was ${short(was)} and is ${short(is)}`;
}

const asTheyWere =
  'finished stages as they were, with later ones changed or added; or --overwrite to run all again';

function refuse(code: string, message: string, value: unknown, accepted: string): TunesmithError {
  return new TunesmithError({ package: 'tunesmith', code, message, value, accepted });
}

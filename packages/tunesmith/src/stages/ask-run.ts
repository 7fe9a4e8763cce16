import type { DataRecord, Plugin, Recipe, StageRecipe } from '@tunesmith/schema';
import { nodeFiles } from '@tunesmith/schema/node';
import { TunesmithError } from '@tunesmith/schema';
import { scoreRecords, type ScoredRecord, type Scoring } from '@tunesmith/trainer';
import { collectFiltered } from '../data/collect-filtered.ts';
import { recordsNear } from '../data/records-near.ts';
import { answersOfRun } from '../run/answers.ts';
import { readRun } from '../run/read-run.ts';
import { tunedModel } from '../run/tuned-model.ts';
import { openSession } from '../open-session.ts';
import type { Session } from '../session.ts';
import { labelHeadOf } from '../train/labels.ts';
import { preparing } from '../train/rows.ts';

/** What the model of a run says of records. */
export interface RunAnswers {
  readonly path: string;
  /** What the run counts among others. */
  readonly weight: number;
  readonly over: Scoring['over'];
  /** The records that it could answer. */
  readonly scored: ReadonlyMap<DataRecord, ScoredRecord>;
}

/** What {@link askRun} takes besides the run. */
export interface AskOptions {
  /** The stage that asks: where it stands, and by which objective, if not by the run's own. */
  readonly stage: Pick<StageRecipe, 'objective' | 'device' | 'threads' | 'plugins'>;
  readonly records: readonly DataRecord[];
  readonly weight: number | 'accuracy';
  readonly plugins: readonly Plugin[];
}

/**
 * Lets what a run tuned answer records, by the run's own objective and template.
 *
 * @throws TunesmithError `not-a-run` for a folder without a run that came to its end; `no-scores` for an objective that does not
 * choose among answers
 */
export async function askRun(path: string, options: AskOptions): Promise<RunAnswers> {
  const { recipe } = await readRun(nodeFiles(path));
  const tuned = await tunedModel(path);
  if (!tuned)
    throw new TunesmithError({
      package: 'tunesmith',
      code: 'not-a-run',
      message: `${path} holds no run that trained something and came to its end`,
      value: path,
      accepted: 'the folder of a run, or stages.NAME of a stage that trains',
    });
  const { stage, records, plugins, weight } = options;
  const asked = { ...recipe, objective: stage.objective ?? recipe.objective };
  const open = (model: string): Promise<Session> =>
    openSession({
      model,
      labels: labelHeadOf(recipe),
      plugins,
      pluginNames: [...new Set([...tuned.pluginNames, ...(stage.plugins ?? [])])],
      device: (stage.device ?? recipe.device) as Recipe['device'],
      ...(stage.threads === undefined ? {} : { threads: stage.threads }),
    });
  const { over, scored } = await withSession(open(path), (session) =>
    answersOf(session, asked, records),
  );
  return {
    path,
    over,
    scored: new Map(scored.map((one) => [one.record, one])),
    weight:
      weight === 'accuracy'
        ? await withSession(open(recipe.model.from), (session) => accuracyOf(session, asked, path))
        : weight,
  };
}

async function withSession<Result>(
  opening: Promise<Session>,
  use: (session: Session) => Promise<Result>,
): Promise<Result> {
  const session = await opening;
  try {
    return await use(session);
  } finally {
    await session.close();
  }
}

async function answersOf(
  session: Session,
  recipe: Recipe,
  records: readonly DataRecord[],
): Promise<{ scored: readonly ScoredRecord[] } & Pick<Scoring, 'over' | 'right'>> {
  const { adapters, registry, placement } = session;
  const template = registry.settled('prompt-template', recipe.template);
  const { objective } = preparing({ recipe, session, template, adapters });
  const { scored } = await scoreRecords(records, {
    placed: await placement.get(),
    adapters,
    objective,
    batchSize: recipe.training.batch_size,
  });
  const { over, right } = objective.scoring!;
  return { scored, over, right };
}

/** The share of a run's training rows that a model answers rightly, of those that say what is right. */
async function accuracyOf(session: Session, recipe: Recipe, path: string): Promise<number> {
  const { registry } = session;
  const template = registry.settled('prompt-template', recipe.template);
  const { train } = await collectFiltered(recipe, {
    registry,
    template,
    records: recordsNear(process.cwd()),
    directory: process.cwd(),
    openJournal: answersOfRun(recipe, path),
  });
  const { scored, right } = await answersOf(session, recipe, [...train]);
  const known = scored.filter(({ record }) => right(record) >= 0);
  const hits = known.filter(
    ({ record, scores }) => scores.indexOf(Math.max(...scores)) === right(record),
  );
  return known.length === 0 ? 0 : hits.length / known.length;
}

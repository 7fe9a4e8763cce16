import { join } from 'node:path';
import { findings } from '@tunesmith/datasets';
import {
  isInstance,
  isTokenized,
  listOf,
  shuffled,
  TunesmithError,
  type StageRecipe,
} from '@tunesmith/schema';
import { writeFileAtomically } from '@tunesmith/schema/node';
import { stringify } from 'yaml';
import { collectFiltered } from '../data/collect-filtered.ts';
import { recordsNear } from '../data/records-near.ts';
import { answersName, journalAt } from '../run/answers.ts';
import { labelsName, openRunFolder } from '../run/folder.ts';
import { openRegistry } from '../open-session.ts';
import { agreed, drawnBySureness, mostSure, type LabeledRecord } from './agreement.ts';
import type { StageContext, StageJob, StageOutcome } from './jobs.ts';
import { askRun, type RunAnswers } from './ask-run.ts';
import { readingRecipe } from './reading-recipe.ts';
import { rowsOf } from './rows-of.ts';

/**
 * `label`: leaves `data.jsonl`, the rows that its runs could answer, each with how likely every answer is (`meta.distribution`, what
 * the objective `distillation` learns from) and the likeliest as its answer, and beside it what was left out in reading and filtering
 * and why (`data-report.json`). A stage that was interrupted is done again.
 */
export const labelJob: StageJob = {
  name: 'label',
  leaves: () => ['data'],
  async check(stage, { plugins = [] }) {
    const { weights, runs } = stage;
    const names = listOf(runs);
    if (Array.isArray(weights) && weights.length !== names.length)
      throw refuse(
        'wrong-weights',
        `stage "${stage.name}" has ${weights.length} weights for ${names.length} runs`,
        weights,
        'a weight for each run, or weights: accuracy',
      );
    if (stage.draw !== undefined && stage.per_label === undefined)
      throw refuse(
        'nothing-to-draw',
        `stage "${stage.name}" says how rows are drawn, and not how many`,
        stage.draw,
        'per_label beside draw',
      );
    chosenRuns(stage);
    readingRecipe(stage, await openRegistry({ plugins, pluginNames: stage.plugins ?? [] }));
  },
  run: runLabel,
};

async function runLabel(stage: StageRecipe, context: StageContext): Promise<StageOutcome> {
  const { directory, resume, overwrite, plugins = [], onEvent, onWork, signal } = context;
  const registry = await openRegistry({ plugins, pluginNames: stage.plugins ?? [] });
  const recipe = readingRecipe(stage, registry);
  const folder = await openRunFolder({
    directory,
    overwrite: resume || overwrite,
    writes: [labelsName, 'data-report.json'],
  });
  try {
    // The recipe of the whole says it; a recipe here would seem one of a run.
    await folder.claim(stringify(stage));
    onWork?.('reading the data');
    const template = registry.settled('prompt-template', recipe.template);
    const { train, report } = await collectFiltered(recipe, {
      registry,
      template,
      records: recordsNear(process.cwd()),
      directory: process.cwd(),
      onWork,
      openJournal: journalAt(join(directory, answersName)),
    });
    const records = [...train];
    const answers: RunAnswers[] = [];
    for (const { path, weight } of chosenRuns(stage)) {
      if (signal?.aborted) return { reason: 'interrupted' };
      onWork?.(`asking ${path}`);
      answers.push(await askRun(path, { stage, records, weight, plugins }));
    }
    const { labeled, left } = agreed(records, answers);
    for (const { message, code } of left) onEvent?.({ type: 'warning', code, message });
    if (labeled.length === 0)
      throw refuse(
        'nothing-labeled',
        `stage "${stage.name}": none of ${records.length} rows was answered by all runs`,
        records.length,
        'rows that the objectives of the runs can read',
      );
    for (const { code, message } of findings(report.report()))
      onEvent?.({ type: 'warning', code, message });
    await writeFileAtomically(
      join(directory, 'data-report.json'),
      JSON.stringify(report.report(), null, 2),
    );
    const kept = keptOf(labeled, stage);
    await writeFileAtomically(
      folder.labels,
      rowsOf(kept.map((one) => labeledRecord(one, stage.name))),
    );
  } finally {
    await folder.release();
  }
  return { reason: 'done' };
}

/** The rows that the stage keeps of those that were answered. */
function keptOf(labeled: readonly LabeledRecord[], stage: StageRecipe): readonly LabeledRecord[] {
  const { per_label: count, draw, seed = 0 } = stage;
  if (count === undefined) return labeled;
  return draw === 'proportional' ? drawnBySureness(labeled, count, seed) : mostSure(labeled, count);
}

/** The runs that answer: those that are left out are not among them, and a share of the others is drawn by the seed. */
function chosenRuns(stage: StageRecipe): { path: string; weight: number | 'accuracy' }[] {
  const { runs, except, weights, share, seed = 0, name } = stage;
  const out = new Set(listOf(except));
  const all = listOf(runs).map((path, index) => ({
    path,
    weight: weights === 'accuracy' ? weights : (weights?.[index] ?? 1),
  }));
  const left = all.filter(({ path }) => !out.has(path));
  if (left.length === 0)
    throw refuse(
      'no-runs',
      `stage "${name}" leaves out every run that it names`,
      listOf(except),
      'runs of which at least one answers',
    );
  if (share === undefined) return left;
  const count = Math.max(1, Math.round(share * left.length));
  const drawn = new Set(shuffled(left, seed, `${name} runs`).slice(0, count));
  return left.filter((run) => drawn.has(run));
}

/** A record with what the runs found: in the words of its objective, for whoever learns from it. */
function labeledRecord({ record, answers, distribution, over }: LabeledRecord, by: string) {
  const best = answers[distribution.indexOf(Math.max(...distribution))]!;
  const meta = {
    ...record.meta,
    distribution,
    generator: `stage ${by}`,
    ...(over === 'labels' ? { label: best } : { choices: [...answers] }),
  };
  if (isTokenized(record)) return { ...record, meta };
  if (isInstance(record)) return { ...record, output: best, meta };
  const { messages } = record;
  const asked = messages.at(-1)?.role === 'assistant' ? messages.slice(0, -1) : messages;
  return { ...record, messages: [...asked, { role: 'assistant' as const, content: best }], meta };
}

function refuse(code: string, message: string, value: unknown, accepted: string): TunesmithError {
  return new TunesmithError({ package: 'tunesmith', code, message, value, accepted });
}

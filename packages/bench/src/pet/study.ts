import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runStages } from 'tunesmith/node';
import { scoreOfRun, type StageScore } from '../stage-score.ts';
import { patterns, petRecipe, runFolderOf, type PetOptions } from './recipe.ts';
import { writeRows } from './rows.ts';

/** What one number of labeled rows came to: accuracies on the same held-out rows. */
export interface PetScores {
  readonly labeled: number;
  /** A classifier fine-tuned on the labeled rows. */
  readonly supervised: StageScore;
  /** Each pattern before it learned anything, and after the labeled rows. */
  readonly patterns: readonly { name: string; before: StageScore; after: StageScore }[];
  /** The classifier that learned from all patterns' models. */
  readonly pet: StageScore;
}

/** Writes the rows, runs the study, or what is left of it, and reads what it came to. */
export async function studyPet(
  options: PetOptions,
  say: (line: string) => void,
): Promise<readonly PetScores[]> {
  const { output, seed } = options;
  writeRows(join(output, 'data'), options, seed);
  const run = runFolderOf(output);
  await runStages(petRecipe(options), {
    resume: existsSync(join(run, 'run.json')),
    onEvent: (event, stage) => {
      if (event.type === 'stage-end' && stage === undefined) say(`${event.stage}: ${event.reason}`);
    },
  });
  const score = (stage: string, phase: 'before' | 'after') =>
    scoreOfRun(join(run, 'stages', stage), phase);
  return Promise.all(
    options.labeled.map(async (labeled) => ({
      labeled,
      supervised: await score(`supervised-${labeled}`, 'after'),
      patterns: await Promise.all(
        Object.keys(patterns).map(async (name) => ({
          name,
          before: await score(`pattern-${name}-${labeled}`, 'before'),
          after: await score(`pattern-${name}-${labeled}`, 'after'),
        })),
      ),
      pet: await score(`measured-${labeled}`, 'before'),
    })),
  );
}

/** The study as Markdown, a line for each number of labeled rows. */
export function petTable(scores: readonly PetScores[]): string {
  const told = ({ value, low, high }: StageScore): string =>
    `${(100 * value).toFixed(1)} % (${(100 * low).toFixed(1)}..${(100 * high).toFixed(1)})`;
  const names = scores[0]?.patterns.map(({ name }) => name) ?? [];
  const header = [
    'labeled rows',
    'fine-tuned classifier',
    ...names.flatMap((name) => [`${name}, untuned`, `${name}, tuned`]),
    'PET',
  ];
  const lines = scores.map(({ labeled, supervised, patterns: each, pet }) => [
    String(labeled),
    told(supervised),
    ...each.flatMap(({ before, after }) => [told(before), told(after)]),
    told(pet),
  ]);
  return [header, header.map(() => '---'), ...lines]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

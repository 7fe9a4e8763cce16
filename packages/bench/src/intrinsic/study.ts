import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { plugins } from '@tunesmith/collection/node';
import { runStages } from 'tunesmith/node';
import { scoreOfRun } from '../stage-score.ts';
import { intrinsicRecipe, seenTasks, unseenTasks, type IntrinsicOptions } from './recipe.ts';

/** What one task came to: its main measure on the same held-out instances, between 0 and 1. */
export interface TaskScores {
  readonly task: string;
  /** Whether its prompt was among those that the subspace was found from. */
  readonly seen: boolean;
  readonly untuned: number;
  readonly prompt: number;
  /** A few numbers in the subspace. */
  readonly intrinsic: number;
  /** As many numbers under a decoder drawn at random. */
  readonly random: number;
}

/** How far few numbers come beside whole prompts: means over tasks. */
export interface Shares {
  /** Score over prompt tuning's score, which is the paper's measure. */
  readonly ofScore: number;
  /** Gain over the untuned model as a part of prompt tuning's gain. */
  readonly ofGain: number;
}

/** What the paper reports for 250 of 76,800 numbers, found with 100 tasks: seen tasks with new data, and 20 unseen tasks. */
export const paperShares = { seen: 0.97, unseen: 0.83 } as const;

/** Runs the study, or what is left of it, and reads what it came to. */
export async function studyIntrinsic(
  options: IntrinsicOptions,
  say: (line: string) => void,
): Promise<readonly TaskScores[]> {
  await runStages(intrinsicRecipe(options), {
    plugins,
    resume: existsSync(join(options.output, 'run.json')),
    onEvent: (event, stage) => {
      if (event.type === 'stage-end' && stage === undefined) say(`${event.stage}: ${event.reason}`);
    },
  });
  const score = (stage: string, phase: 'before' | 'after') =>
    scoreOfRun(join(options.output, 'stages', stage), phase).then(({ value }) => value);
  const scored = async (task: string): Promise<TaskScores> => ({
    task,
    seen: seenTasks.includes(task),
    untuned: await score(`prompt-${task}`, 'before'),
    prompt: await score(`prompt-${task}`, 'after'),
    intrinsic: await score(`intrinsic-${task}`, 'after'),
    random: await score(`random-${task}`, 'after'),
  });
  return Promise.all([...seenTasks, ...unseenTasks].map(scored));
}

/**
 * Means over tasks. A share of the score is taken of the tasks whose prompt scored anything; a share of the gain is the sum of
 * gains over the sum of the prompts' gains, as single ones may be nothing.
 *
 * @param of which of the two
 */
export function sharesOf(tasks: readonly TaskScores[], of: 'intrinsic' | 'random'): Shares {
  const scored = tasks.filter(({ prompt }) => prompt > 0);
  const total = (value: (task: TaskScores) => number): number =>
    tasks.reduce((sum, task) => sum + value(task), 0);
  return {
    ofScore: scored.reduce((sum, task) => sum + task[of] / task.prompt, 0) / scored.length,
    ofGain: total((task) => task[of] - task.untuned) / total((task) => task.prompt - task.untuned),
  };
}

/** The study as Markdown: a line for each task, then the shares beside the paper's. */
export function intrinsicTable(tasks: readonly TaskScores[]): string {
  const percent = (value: number): string => `${(100 * value).toFixed(1)} %`;
  const lines = tasks.map(({ task, seen, untuned, prompt, intrinsic, random }) => [
    task,
    seen ? 'seen' : 'unseen',
    ...[untuned, prompt, intrinsic, random].map(percent),
  ]);
  const shares = (['seen', 'unseen'] as const).flatMap((kind) => {
    const group = tasks.filter(({ seen }) => seen === (kind === 'seen'));
    const told = (of: 'intrinsic' | 'random') => {
      const { ofScore, ofGain } = sharesOf(group, of);
      return `${percent(ofScore)} of its score, ${percent(ofGain)} of its gain`;
    };
    return [
      `- ${kind} tasks (${group.length}): ${told('intrinsic')} (the paper: ${percent(paperShares[kind])} of its score); random decoder: ${told('random')}`,
    ];
  });
  const header = ['task', '', 'untuned', 'prompt tuning', 'intrinsic', 'random decoder'];
  return [
    ...[header, header.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`),
    '',
    'Beside prompt tuning:',
    '',
    ...shares,
  ].join('\n');
}

import type { ClozeTask } from '../task.ts';
import { cb, mnli, rte } from './inference.ts';
import { boolq, copa, multirc, wic, wsc } from './reading.ts';
import { agNews, yahooAnswers, yelpFull, yelpPolarity } from './topics.ts';

/**
 * Tasks as cloze questions that come with the package: the classification tasks of the PET papers with their patterns, and tasks of
 * SuperGLUE, whose longer questions are in words of our own.
 *
 * @see Schick and Schütze 2021, It's Not Just Size That Matters: Small Language Models Are Also Few-Shot Learners
 */
export const clozeTasks: readonly ClozeTask[] = [
  agNews,
  yahooAnswers,
  yelpFull,
  yelpPolarity,
  mnli,
  rte,
  cb,
  boolq,
  multirc,
  copa,
  wic,
  wsc,
];

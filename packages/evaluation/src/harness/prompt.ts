import type { Instance } from '@tunesmith/schema';
import type { LikelihoodRequest } from './model.ts';

/** Turns instances into the tokens a model sees, exactly as in training. */
export interface PromptEncoder {
  /** The tokens of the prompt, up to where the answer begins. */
  prompt(instance: Instance): readonly number[];
  /** The prompt, and the tokens of an answer with what ends it. */
  answer(instance: Instance, answer: string): LikelihoodRequest;
}

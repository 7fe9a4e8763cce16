import type { Generation } from '@tunesmith/models';
import {
  answer,
  converse,
  recordsOf,
  type AnswerOptions,
  type Chat,
  type ConversationOptions,
} from './answer.ts';
import { openSession, type ModelOptions } from './open-session.ts';

/** What {@link generate} takes. */
export interface GenerateJobOptions extends ModelOptions, AnswerOptions {}

/**
 * Writes an answer to each prompt, each with random numbers of its own: what a prompt is answered does not depend on the others.
 * Without a temperature the most likely token is taken each time.
 */
export async function generate(options: GenerateJobOptions): Promise<Generation[]> {
  // What is wrong with them is said before a model is loaded.
  recordsOf(options);
  const session = await openSession(options);
  try {
    return await answer(session, options);
  } finally {
    await session.close();
  }
}

/** What {@link chat} takes. */
export interface ChatOptions extends ModelOptions, ConversationOptions {}

/** Opens a conversation with a model. Each turn has random numbers of its own. */
export async function chat(options: ChatOptions): Promise<Chat> {
  return converse(await openSession(options), options);
}

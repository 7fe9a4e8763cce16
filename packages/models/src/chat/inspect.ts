import type { Message } from '@tunesmith/schema';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import { chatTemplateOf } from './default-templates.ts';
import { renderChat, type RenderedChat } from './render.ts';

/** What a tokenizer's chat template does, found by rendering a short conversation. */
export interface ChatTemplateReport {
  /** Where the template comes from: see {@link chatTemplateOf}. */
  readonly template: 'model' | 'chatml' | 'plain';
  /** The token that ends the model's turn; absent where there is none. */
  readonly endOfTurn?: string;
  /** Whether the text begins with the beginning-of-sequence token. Encode it with `special: false`. */
  readonly writesBos: boolean;
  /** What a user should know before training, in sentences. */
  readonly problems: readonly string[];
}

/**
 * Renders a short conversation and checks what trainers go wrong with: a turn without an end, padding that is the
 * end-of-turn token, a prompt that differs between training and generation, a second beginning-of-sequence token.
 */
export function inspectChatTemplate(tokenizer: Tokenizer): ChatTemplateReport {
  const question = { role: 'user', content: 'Name a color.' } as const;
  const now = new Date(0);
  const rendered = answered(tokenizer, [question, { role: 'assistant', content: 'Green.' }], now);
  const prompt = renderChat(tokenizer, [question], { generationPrompt: true, now }).text;
  const bos = tokenizer.bos === undefined ? undefined : tokenizer.token(tokenizer.bos);
  const writesBos = bos !== undefined && prompt.startsWith(bos);
  const end = rendered?.endOfTurn;

  const problems: string[] = [];
  if (!rendered) {
    problems.push('the chat template does not show where an answer begins and ends');
  } else if (end === undefined) {
    problems.push(
      'the chat template writes no special token after an assistant turn: the model will not learn to stop',
    );
  } else if (!tokenizer.endIds.includes(tokenizer.id(end)!)) {
    problems.push(
      `the end-of-turn token ${end} is not among the ids that end a generation; generation must be told to stop at it`,
    );
  }
  if (rendered?.spans[0] && rendered.text.slice(0, rendered.spans[0].start) !== prompt) {
    problems.push('the text before an assistant turn differs between training and generation');
  }
  if (writesBos && prompt.startsWith(bos! + bos!))
    problems.push('the chat template writes two beginning-of-sequence tokens');
  if (end !== undefined && tokenizer.pad !== undefined && tokenizer.token(tokenizer.pad) === end) {
    problems.push(
      `padding and end of turn are the same token ${end}; padding must be masked by position, not by its id`,
    );
  }
  return {
    template: chatTemplateOf(tokenizer).name,
    writesBos,
    problems,
    ...(end === undefined ? {} : { endOfTurn: end }),
  };
}

/** The conversation, rendered; undefined where the template hides the answer, so that it can still be generated with. */
function answered(
  tokenizer: Tokenizer,
  messages: readonly Message[],
  now: Date,
): RenderedChat | undefined {
  const shown = renderChat(tokenizer, messages, { now });
  return shown.unplaced.length > 0 ? undefined : shown;
}

import type { Message } from '@tunesmith/schema';
import { modelsError } from '../errors.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import { chatTemplateOf } from './default-templates.ts';
import { renderer, type RenderChatOptions } from './render.ts';
import { withoutMarks } from './spans.ts';
import { placeMark, readTurns } from './turns.ts';

/**
 * Renders a conversation up to the end of its last message's content, for the model to go on with it: the text that
 * `apply_chat_template` of transformers 5.24 gives with `continue_final_message`.
 *
 * What a template writes after the content is left out; what it writes before, such as reasoning that is over, stays. Where
 * it trims the content, the text has no white space at its end.
 *
 * @param options without `generationPrompt`: the last turn has begun already
 * @throws `final-message-not-shown` where the template changes the last message or leaves it out, and those of `renderChat`
 */
export function renderUnfinished(
  tokenizer: Tokenizer,
  messages: readonly Message[],
  options: Omit<RenderChatOptions, 'generationPrompt'> = {},
): string {
  const source = options.template ?? chatTemplateOf(tokenizer, options.tools).source;
  const turns = readTurns(messages);
  const last = turns.at(-1);
  const content = last?.content ?? '';
  // The space tells whether the template trims.
  const marked = [
    ...turns.slice(0, -1),
    ...(last ? [{ ...last, content: `${content + placeMark} ` }] : []),
  ];
  const text = withoutMarks(renderer(tokenizer, source, options)(marked, false));
  const end = text.lastIndexOf(placeMark);
  if (end < 0 || !text.replaceAll(placeMark, '').includes(content.trim())) {
    throw modelsError({
      code: 'final-message-not-shown',
      message:
        'the chat template does not show the last message as it is, so it cannot be gone on with',
      value: content,
      accepted:
        'a last message that the template prints unchanged, or one of somebody else than the assistant',
    });
  }
  const shown = text.slice(0, end).replaceAll(placeMark, '');
  return text[end + 1] === ' ' ? shown : shown.trimEnd();
}

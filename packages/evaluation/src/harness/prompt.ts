import { encodeSpans, inspectChatTemplate, renderChat, type Tokenizer } from '@tunesmith/models';
import { phrase, TunesmithError, type Instance, type PromptTemplate } from '@tunesmith/schema';
import type { LikelihoodRequest } from './model.ts';

/** Turns instances into the tokens a model sees, as in training. */
export interface PromptEncoder {
  /** The tokens of the prompt, up to where the answer begins. */
  prompt(instance: Instance): readonly number[];
  /** The prompt, and the tokens of an answer with the one that ends it. */
  answer(instance: Instance, answer: string): LikelihoodRequest;
  /** Tokens that end an answer besides those that the model's tokenizer names. */
  readonly endIds?: readonly number[];
}

/**
 * The encoder of a model: the template turns an instance into messages, the model's chat template turns those into
 * text, and the text is cut where the answer begins, so that no token reaches over the border.
 *
 * @param options what prompts are encoded with
 * @param options.tokenizer the model's tokenizer, with its chat template
 * @param options.template the template the model is tuned with
 */
export function createPromptEncoder({
  tokenizer,
  template,
}: {
  tokenizer: Tokenizer;
  template: PromptTemplate;
}): PromptEncoder {
  const { endOfTurn } = inspectChatTemplate(tokenizer);
  const endId = endOfTurn === undefined ? undefined : tokenizer.id(endOfTurn);
  return {
    endIds: endId === undefined ? [] : [endId],
    prompt(instance) {
      const messages = phrase(instance, template).slice(0, -1);
      const { text } = renderChat(tokenizer, messages, { generationPrompt: true });
      return encodeSpans(tokenizer, text, []).ids;
    },
    answer(instance, answer) {
      const messages = phrase({ ...instance, output: answer }, template);
      const { text, spans } = renderChat(tokenizer, messages);
      const span = spans.at(-1);
      if (!span) {
        throw new TunesmithError({
          package: '@tunesmith/evaluation',
          code: 'no-answer',
          message: `template "${template.name}" gives instance "${instance.id}" no assistant turn`,
          accepted: 'messages that end with the answer',
        });
      }
      const { ids, inSpan } = encodeSpans(tokenizer, text.slice(0, span.end), [span]);
      const begin = inSpan.indexOf(true);
      return { context: ids.slice(0, begin), continuation: ids.slice(begin) };
    },
  };
}

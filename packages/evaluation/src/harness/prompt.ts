import { encodeSpans, inspectChatTemplate, renderChat, type Tokenizer } from '@tunesmith/models';
import {
  phrase,
  phraseWays,
  TunesmithError,
  type Instance,
  type Message,
  type PromptTemplate,
} from '@tunesmith/schema';
import type { LikelihoodRequest } from './model.ts';

/** Turns instances into the tokens a model sees, as in training. */
export interface PromptEncoder {
  /** The tokens of the prompt, up to where the answer begins. */
  prompt(instance: Instance): readonly number[];
  /**
   * The prompt, and the tokens of an answer with the one that ends it. Where nothing stands before an answer, its context
   * is the token that begins a text, else the one that ends one.
   *
   * @throws TunesmithError `no-answer`, `empty-answer`, `empty-context`, naming the instance
   */
  answer(instance: Instance, answer: string): LikelihoodRequest;
  /** The same for every way in which the template may write the answer, that of `answer` first; absent where it is the only one. */
  answers?(instance: Instance, answer: string): readonly LikelihoodRequest[];
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
  const prefix = tokenizer.bos ?? tokenizer.eos;
  /** An answer with nothing before it follows the token that begins a text, or ends one, as in lm-evaluation-harness. */
  const afterPrefix = (ids: readonly number[], instance: Instance): LikelihoodRequest => {
    if (prefix === undefined) {
      throw new TunesmithError({
        package: '@tunesmith/evaluation',
        code: 'empty-context',
        message: `nothing stands before the answer of instance "${instance.id}", so its first token has no probability`,
        value: instance.id,
        accepted: 'a prompt, or a tokenizer that names a token for the beginning or end of a text',
      });
    }
    const continuation = ids[0] === prefix && ids.length > 1 ? ids.slice(1) : ids;
    return { context: [prefix], continuation };
  };
  const endId = endOfTurn === undefined ? undefined : tokenizer.id(endOfTurn);
  const requestOf = (messages: readonly Message[], instance: Instance): LikelihoodRequest => {
    const { text, spans, unplaced, endOfTurn } = renderChat(tokenizer, messages);
    const span = unplaced.includes(messages.length - 1) ? undefined : spans.at(-1);
    if (!span) {
      throw new TunesmithError({
        package: '@tunesmith/evaluation',
        code: 'no-answer',
        message: `the answer of instance "${instance.id}" cannot be found in what the template "${template.name}" and the chat template make of it`,
        accepted: 'messages that end with the answer, and a chat template that shows it',
      });
    }
    const { ids, inSpan } = encodeSpans(tokenizer, text.slice(0, span.end), [span]);
    // An answer that the template does not end is learned with the tokenizer's end token.
    const added = endOfTurn === undefined && tokenizer.eos !== undefined ? [tokenizer.eos] : [];
    const first = inSpan.indexOf(true);
    const begin = first < 0 ? ids.length : first;
    const continuation = [...ids.slice(begin), ...added];
    if (continuation.length === 0) {
      throw new TunesmithError({
        package: '@tunesmith/evaluation',
        code: 'empty-answer',
        message: `the answer ${JSON.stringify(messages.at(-1)?.content)} of instance "${instance.id}" has no tokens, so nothing of it can be scored`,
        value: messages.at(-1)?.content,
        accepted: 'an answer, or a chat template whose turns end with a token',
      });
    }
    return begin > 0
      ? { context: ids.slice(0, begin), continuation }
      : afterPrefix(continuation, instance);
  };
  return {
    endIds: endId === undefined ? [] : [endId],
    prompt(instance) {
      const messages = phrase(instance, template).slice(0, -1);
      const { text } = renderChat(tokenizer, messages, { generationPrompt: true });
      return encodeSpans(tokenizer, text, []).ids;
    },
    answer: (instance, answer) =>
      requestOf(phrase({ ...instance, output: answer }, template), instance),
    answers: (instance, answer) =>
      phraseWays({ ...instance, output: answer }, template).map((messages) =>
        requestOf(messages, instance),
      ),
  };
}

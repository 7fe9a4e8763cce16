import type { PromptEncoder } from '@tunesmith/evaluation';
import { renderChat, type Tokenizer } from '@tunesmith/models';
import type { Instance, PromptTemplate } from '@tunesmith/schema';
import { tokenizeRecord, UNSUPERVISED } from '@tunesmith/trainer';

/** Turns instances into the tokens that training would show: the same template, chat template and tokeniser. */
export function createPromptEncoder(options: {
  tokenizer: Tokenizer;
  template: PromptTemplate;
}): PromptEncoder {
  const { tokenizer, template } = options;
  return {
    prompt(instance) {
      const messages = template.messages(instance).slice(0, -1);
      const { text } = renderChat(tokenizer, messages, { generationPrompt: true });
      return tokenizer.encode(text, { special: false });
    },
    answer(instance, answer) {
      const shown: Instance = { ...instance, output: answer };
      const { ids, labels } = tokenizeRecord(shown, {
        tokenizer,
        template,
        maximumLength: Number.MAX_SAFE_INTEGER,
      });
      const first = labels.findIndex((label) => label !== UNSUPERVISED);
      const after = labels.findLastIndex((label) => label !== UNSUPERVISED) + 1;
      return { context: [...ids.slice(0, first)], continuation: [...ids.slice(first, after)] };
    },
  };
}

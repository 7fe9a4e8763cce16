import { TunesmithError } from '@tunesmith/schema';
import type { PrepareContext } from '@tunesmith/peft';
import type { PromptConfig } from './config.ts';

/**
 * The configuration with `token_ids` filled in where `init` is `text`: the text's tokens without special ones, repeated
 * from the start or cut to the number of virtual tokens.
 *
 * @throws TunesmithError `invalid-prompt` when the text is missing, when text is given with another init, when no tokenizer
 * is at hand, or when the text has no tokens
 */
export function preparePrompt(config: PromptConfig, { tokenizer }: PrepareContext): PromptConfig {
  if (config.init !== 'text') {
    if (config.text !== null || config.token_ids !== null) {
      throw invalidPrompt(`text is given, but init is "${config.init}"`, config.init, 'init: text');
    }
    return config;
  }
  const ids = config.token_ids ?? encode(config, tokenizer);
  const fitted = Array.from({ length: config.virtual_tokens }, (_, i) => ids[i % ids.length] ?? 0);
  return { ...config, token_ids: fitted };
}

function encode(config: PromptConfig, tokenizer: PrepareContext['tokenizer']): number[] {
  if (config.text === null)
    throw invalidPrompt('init is "text", and no text is given', null, 'text or token_ids');
  if (tokenizer === undefined) {
    throw invalidPrompt(
      'init is "text", and the model came without a tokenizer',
      config.text,
      'a tokenizer, or token_ids',
    );
  }
  const ids = tokenizer.encode(config.text, { special: false });
  if (ids.length === 0)
    throw invalidPrompt(`the text "${config.text}" has no tokens`, config.text, 'a longer text');
  return ids;
}

/** The error of this package for a prompt that cannot be made. */
export function invalidPrompt(message: string, value: unknown, accepted: string): TunesmithError {
  return new TunesmithError({
    package: '@tunesmith/prompt',
    code: 'invalid-prompt',
    message,
    value,
    accepted,
  });
}

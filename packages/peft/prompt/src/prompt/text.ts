import type { PrepareContext } from '@tunesmith/peft';
import { invalidPrompt } from '../room.ts';
import type { PromptConfig } from './config.ts';

type Tokenizer = PrepareContext['tokenizer'];

/** What of a configuration says where first values come from. */
type Start = Pick<PromptConfig, 'virtual_tokens' | 'text' | 'token_ids'> & {
  readonly init: string;
};

/**
 * The configuration with the tokens filled in that `init` needs: for `text` the text's, without special ones, repeated from the
 * start or cut to the number of virtual tokens; for `class-labels` those of each label.
 *
 * @throws TunesmithError `invalid-prompt` when text or labels are missing or given with another init, when no tokenizer is at
 * hand, when there are more labels than virtual tokens, or when one has no tokens
 */
export function preparePrompt(config: PromptConfig, { tokenizer }: PrepareContext): PromptConfig {
  const { init, labels, label_ids: ids } = config;
  if (init === 'class-labels') {
    refuseText(config);
    const found = ids ?? labelTokens(labels, tokenizer);
    if (found.length > config.virtual_tokens)
      throw invalidPrompt(
        `${found.length} labels do not fit into ${config.virtual_tokens} virtual tokens`,
        found.length,
        'at least one virtual token for each label',
      );
    return { ...config, label_ids: found };
  }
  if (labels !== null || ids !== null)
    throw invalidPrompt(`labels are given, but init is "${init}"`, init, 'init: class-labels');
  return withTextTokens(config, tokenizer);
}

/** The configuration with `token_ids` filled in where `init` is `text`. @throws as {@link preparePrompt} */
export function withTextTokens<Config extends Start>(config: Config, tokenizer: Tokenizer): Config {
  if (config.init !== 'text') {
    refuseText(config);
    return config;
  }
  if (config.text === null && config.token_ids === null)
    throw invalidPrompt('init is "text", and no text is given', null, 'text or token_ids');
  const ids = config.token_ids ?? encode(config.text ?? '', 'text', tokenizer);
  const fitted = Array.from({ length: config.virtual_tokens }, (_, i) => ids[i % ids.length] ?? 0);
  return { ...config, token_ids: fitted };
}

function refuseText({ init, text, token_ids: ids }: Start): void {
  if (text === null && ids === null) return;
  throw invalidPrompt(`text is given, but init is "${init}"`, init, 'init: text');
}

function labelTokens(labels: readonly string[] | null, tokenizer: Tokenizer): number[][] {
  if (labels === null)
    throw invalidPrompt(
      'init is "class-labels", and no labels are given',
      null,
      'labels or label_ids',
    );
  return labels.map((label) => encode(label, 'class-labels', tokenizer));
}

function encode(text: string, init: string, tokenizer: Tokenizer): number[] {
  if (tokenizer === undefined) {
    throw invalidPrompt(
      `init is "${init}", and the model came without a tokenizer`,
      text,
      init === 'text' ? 'a tokenizer, or token_ids' : 'a tokenizer, or label_ids',
    );
  }
  const ids = tokenizer.encode(text, { special: false });
  if (ids.length === 0)
    throw invalidPrompt(`the text "${text}" has no tokens`, text, 'a longer text');
  return ids;
}

import type { Conversation } from '@tunesmith/schema';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';

/** A chat template and where it comes from. */
export interface NamedTemplate {
  /** `model`: the model's own; `chatml` and `plain`: built in. */
  readonly name: 'model' | 'chatml' | 'plain';
  readonly source: string;
}

/**
 * ChatML, for vocabularies that have its two tokens: each turn is `<|im_start|>role`, a line break, the text and
 * `<|im_end|>`, which ends the model's turn.
 */
export const chatmlTemplate = [
  '{% for message in messages %}',
  "{{ '<|im_start|>' + message['role'] + '\\n' }}",
  "{% if message['role'] == 'assistant' %}",
  "{% generation %}{{ message['content'] + '<|im_end|>' }}{% endgeneration %}",
  '{% else %}',
  "{{ message['content'] + '<|im_end|>' }}",
  '{% endif %}',
  "{{ '\\n' }}",
  '{% endfor %}',
  '{% if add_generation_prompt %}',
  "{{ '<|im_start|>assistant\\n' }}",
  '{% endif %}',
].join('');

/**
 * Headings in plain text, for models without chat tokens: `### User` and `### Assistant` above each turn, and the
 * end-of-sequence token after the model's. A system message stands at the top without a heading.
 */
export const plainTemplate = [
  '{% if starts_with_bos %}{{ bos_token }}{% endif %}',
  '{% for message in messages %}',
  "{% if message['role'] == 'system' %}",
  "{{ message['content'] + '\\n\\n' }}",
  "{% elif message['role'] == 'assistant' %}",
  "{{ '### Assistant\\n' }}",
  "{% generation %}{{ message['content'] + eos_token }}{% endgeneration %}",
  "{{ '\\n\\n' }}",
  '{% else %}',
  "{{ '### ' + (message['role'] | capitalize) + '\\n' + message['content'] + '\\n\\n' }}",
  '{% endif %}',
  '{% endfor %}',
  '{% if add_generation_prompt %}',
  "{{ '### Assistant\\n' }}",
  '{% endif %}',
].join('');

/**
 * A text that answers nobody, for rows of language modeling: the text itself and the end-of-sequence token, unless the text ends
 * with it already.
 */
export const textTemplate = [
  '{% if starts_with_bos %}{{ bos_token }}{% endif %}',
  "{% generation %}{{ messages[0]['content'] }}",
  "{% if not messages[0]['content'].endswith(eos_token) %}{{ eos_token }}{% endif %}",
  '{% endgeneration %}',
].join('');

/**
 * The template a tokenizer's conversations use: the model's own, else ChatML where its tokens exist, else plain text.
 *
 * @param tools what the conversation may call: some models have a template of its own for that
 */
export function chatTemplateOf(tokenizer: Tokenizer, tools?: Conversation['tools']): NamedTemplate {
  if (tools && tokenizer.toolTemplate !== undefined)
    return { name: 'model', source: tokenizer.toolTemplate };
  if (tokenizer.chatTemplate !== undefined)
    return { name: 'model', source: tokenizer.chatTemplate };
  const hasChatml =
    tokenizer.id('<|im_start|>') !== undefined && tokenizer.id('<|im_end|>') !== undefined;
  return hasChatml
    ? { name: 'chatml', source: chatmlTemplate }
    : { name: 'plain', source: plainTemplate };
}

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { trainBpe } from '@tunesmith/models';

/** Special tokens in the order of their ids, 0 to 2: end of a document, start and end of a turn. */
export const specialTokens = ['<|endoftext|>', '<|im_start|>', '<|im_end|>'] as const;

/** Special tokens, the 256 bytes and 3,837 merges. */
export const vocabularySize = 4096;

const messageText = `{% if message['content'] is string %}{{ message['content'] }}{% else %}{% for part in message['content'] %}{{ part['text'] }}{% endfor %}{% endif %}{{ '<|im_end|>' }}`;

/** Turns framed by `<|im_start|>` and `<|im_end|>`; what the assistant writes is marked for the loss. */
export const chatTemplate = [
  `{% for message in messages %}`,
  `{{ '<|im_start|>' + message['role'] + '\\n' }}`,
  `{% if message['role'] == 'assistant' %}{% generation %}${messageText}{% endgeneration %}`,
  `{% else %}${messageText}{% endif %}`,
  `{{ '\\n' }}{% endfor %}`,
  `{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}`,
].join('');

const byteLevel = {
  type: 'ByteLevel',
  add_prefix_space: false,
  trim_offsets: true,
  use_regex: true,
};

/** Each digit by itself, then words as GPT-2 cuts them. */
const preTokenizer = {
  type: 'Sequence',
  pretokenizers: [{ type: 'Digits', individual_digits: true }, byteLevel],
};

/**
 * Learns a byte-level BPE vocabulary from a text and writes `tokenizer.json`, `tokenizer_config.json` and
 * `special_tokens_map.json`. Each line is a text of its own, its end with it: no word crosses lines.
 */
export async function trainTokenizer(text: string, directory: string): Promise<void> {
  const tokenizer = await trainBpe(text.split(/(?<=\n)/), {
    vocabularySize,
    specialTokens,
    preTokenizer,
  });
  writeFileSync(join(directory, 'tokenizer.json'), `${JSON.stringify(tokenizer)}\n`);

  const [endOfText, , endOfTurn] = specialTokens;
  const names = { eos_token: endOfTurn, pad_token: endOfText };
  writeJson(join(directory, 'special_tokens_map.json'), {
    ...names,
    additional_special_tokens: specialTokens,
  });
  writeJson(join(directory, 'tokenizer_config.json'), {
    tokenizer_class: 'PreTrainedTokenizerFast',
    model_max_length: 512,
    add_bos_token: false,
    add_eos_token: false,
    clean_up_tokenization_spaces: false,
    ...names,
    additional_special_tokens: specialTokens,
    chat_template: chatTemplate,
  });
}

function writeJson(path: string, value: unknown): void {
  writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`);
}

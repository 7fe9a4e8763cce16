import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  BPE,
  Tokenizer,
  byteLevelAlphabet,
  byteLevelPreTokenizer,
  digitsPreTokenizer,
  sequencePreTokenizer,
} from 'tokenizers';

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

interface TokenizerFile {
  model: { vocab: Record<string, number>; merges: (string | [string, string])[] };
  [key: string]: unknown;
}

/**
 * Learns a byte-level BPE vocabulary from text files and writes `tokenizer.json`,
 * `tokenizer_config.json` and `special_tokens_map.json`.
 *
 * The trainer of the Rust package takes no options and learns 30,000 tokens; merges come in the
 * order they were learned, so the first 3,837 are what a vocabulary of 4,096 would have learned.
 */
export function trainTokenizer(textFiles: readonly string[], directory: string): void {
  const learner = new Tokenizer(BPE.empty());
  learner.setPreTokenizer(
    sequencePreTokenizer([digitsPreTokenizer(true), byteLevelPreTokenizer(false, true)]),
  );
  learner.train([...textFiles]);
  const path = join(directory, 'tokenizer.json');
  learner.save(path, false);
  const learned = JSON.parse(readFileSync(path, 'utf8')) as TokenizerFile;

  const alphabet = byteLevelAlphabet().toSorted();
  const merges = learned.model.merges
    .map((merge) => (typeof merge === 'string' ? (merge.split(' ') as [string, string]) : merge))
    .slice(0, vocabularySize - specialTokens.length - alphabet.length);
  const tokens = [...specialTokens, ...alphabet, ...merges.map(([left, right]) => left + right)];
  const file = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: specialTokens.map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: learned['pre_tokenizer'],
    post_processor: null,
    decoder: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges,
    },
  };
  writeFileSync(path, `${JSON.stringify(file)}\n`);

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

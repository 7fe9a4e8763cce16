import { createTokenizer } from '@tunesmith/models';
import type { Tokenizer } from '@tunesmith/models';

/** Ids of the special tokens of {@link byteTokenizer}. */
export const special = { begin: 256, end: 257, turn: 258, stop: 259 } as const;

/** Turns as `<turn>role:text<stop>`. */
export const turnTemplate =
  "{% for m in messages %}{{ '<turn>' + m.role + ':' + m.content + '<stop>' }}{% endfor %}{% if add_generation_prompt %}{{ '<turn>assistant:' }}{% endif %}";

/** A tokenizer of the 256 bytes (id = byte, for printable ASCII) and four special tokens. */
export function byteTokenizer(
  chatTemplate: string,
  tokens: Record<string, string> = {},
): Tokenizer {
  // Special tokens follow the vocabulary without a gap, so bytes that no test writes have a token too.
  const tokenOf = (byte: number): string => {
    if (byte === 32) return 'Ġ';
    if (byte === 10) return 'Ċ';
    return byte > 32 && byte < 127 ? String.fromCharCode(byte) : `<0x${byte.toString(16)}>`;
  };
  const vocab = Object.fromEntries(Array.from({ length: 256 }, (_, byte) => [tokenOf(byte), byte]));
  return createTokenizer({
    configuration: {
      bos_token: '<begin>',
      eos_token: '<end>',
      pad_token: '<end>',
      chat_template: chatTemplate,
      ...tokens,
    },
    tokenizer: {
      version: '1.0',
      added_tokens: Object.entries(special).map(([name, id]) => ({
        id,
        content: `<${name}>`,
        special: true,
        normalized: false,
      })),
      normalizer: null,
      pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, use_regex: true },
      post_processor: null,
      decoder: { type: 'ByteLevel' },
      model: { type: 'BPE', vocab, merges: [] },
    },
  });
}

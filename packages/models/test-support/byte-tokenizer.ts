import { createTokenizer, type TokenizerFiles } from '../src/tokenizer/create.ts';
import type { Tokenizer } from '../src/tokenizer/tokenizer.ts';

/** The printable character that byte-level vocabularies write for a byte. */
function byteCharacter(byte: number): string {
  const printable = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
  if (printable) return String.fromCharCode(byte);
  const hidden = byte <= 32 ? byte : byte === 173 ? 67 : byte - 127 + 33;
  return String.fromCharCode(256 + hidden);
}

/** The special tokens of {@link byteTokenizer}, in the order of their ids from 256 on. */
export const specials = ['<|begin|>', '<|end|>', '<|pad|>', '<|turn|>', '<|stop|>'];

/** Special tokens as `tokenizer.json` has them, with ids from 256 on. */
export const specialTokens = (contents: readonly string[]) =>
  contents.map((content, i) => ({ id: 256 + i, content, special: true, normalized: false }));

/** The decoder of vocabularies in the manner of SentencePiece, whose tokens `<0x00>` to `<0xFF>` are bytes. */
export const byteFallbackDecoder = {
  type: 'Sequence',
  decoders: [
    { type: 'Replace', pattern: { String: '▁' }, content: ' ' },
    { type: 'ByteFallback' },
    { type: 'Fuse' },
    { type: 'Strip', content: ' ', start: 1, stop: 0 },
  ],
};

/**
 * A tokenizer whose tokens are the 256 bytes (id = byte) and five special tokens.
 *
 * @param files more files, for example a configuration with a chat template
 */
export function byteTokenizer(files: Partial<TokenizerFiles> = {}): Tokenizer {
  const vocab = Object.fromEntries(
    Array.from({ length: 256 }, (_, byte) => [byteCharacter(byte), byte]),
  );
  return createTokenizer({
    ...files,
    configuration: {
      bos_token: '<|begin|>',
      eos_token: '<|end|>',
      pad_token: '<|pad|>',
      ...files.configuration,
    },
    tokenizer: {
      version: '1.0',
      added_tokens: specialTokens(specials),
      normalizer: null,
      pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, use_regex: true },
      post_processor: null,
      decoder: { type: 'ByteLevel' },
      model: { type: 'BPE', vocab, merges: [] },
      ...files.tokenizer,
    },
  });
}

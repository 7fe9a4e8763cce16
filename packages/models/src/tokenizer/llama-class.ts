type Json = Readonly<Record<string, unknown>>;

/** Whether a part of `tokenizer.json`, or a part of it, is of the type `ByteLevel`. */
function hasByteLevel(part: unknown): boolean {
  return JSON.stringify(part ?? null).includes('"ByteLevel"');
}

/**
 * `tokenizer.json` as transformers 5 uses it where `tokenizer_class` is `LlamaTokenizer`: of a Llama model's file it takes
 * the vocabulary and the merges, and cuts by rules of its own. A text begins with `▁`; what follows a special token does
 * so only with `legacy`. Files of byte-level tokenizers and of other models are used as they are.
 *
 * @param file `tokenizer.json`
 * @param configuration `tokenizer_config.json`
 * @param model `config.json`
 */
export function asLlamaTokenizer(file: Json, configuration: Json, model: Json | undefined): Json {
  const named = String(configuration['tokenizer_class'] ?? '').replace(/Fast$/, '');
  const type = model?.['model_type'] ?? 'llama';
  const inner = file['model'] as Json | null | undefined;
  const byteLevel = hasByteLevel(file['pre_tokenizer']) || hasByteLevel(file['decoder']);
  if (named !== 'LlamaTokenizer' || type !== 'llama' || byteLevel || inner?.['type'] !== 'BPE')
    return file;
  const prefixed = configuration['add_prefix_space'] !== false;
  const scheme = configuration['legacy'] === true ? 'always' : 'first';
  return {
    ...file,
    model: { ...inner, fuse_unk: true, byte_fallback: true, dropout: null, ignore_merges: false },
    normalizer: null,
    pre_tokenizer: {
      type: 'Metaspace',
      replacement: '▁',
      prepend_scheme: prefixed ? scheme : 'never',
      split: false,
    },
    decoder: sentencePieceDecoder(prefixed),
  };
}

/**
 * The decoder of `tokenizer.json` for SentencePiece's BPE: `▁` is a blank, and tokens such as `<0x0A>` are bytes.
 *
 * @param prefixed whether a text begins with a blank of its own, which is taken away again
 */
export function sentencePieceDecoder(prefixed: boolean): Json {
  return {
    type: 'Sequence',
    decoders: [
      { type: 'Replace', pattern: { String: '▁' }, content: ' ' },
      { type: 'ByteFallback' },
      { type: 'Fuse' },
      ...(prefixed ? [{ type: 'Strip', content: ' ', start: 1, stop: 0 }] : []),
    ],
  };
}

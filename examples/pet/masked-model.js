import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findArchitecture, initializeParameters, memoryWeights } from '@tunesmith/models';
import { saveModel } from '@tunesmith/models/node';

const special = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];

/**
 * Writes a small BERT with a head of masked text, which has learned nothing yet, and a tokenizer of whole words.
 *
 * @param {string} folder
 * @param {readonly string[]} words
 */
export async function writeMaskedModel(folder, words) {
  const vocabulary = [...special, ...words];
  const configuration = {
    model_type: 'bert',
    architectures: ['BertForMaskedLM'],
    vocab_size: vocabulary.length,
    hidden_size: 32,
    intermediate_size: 64,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    max_position_embeddings: 48,
    type_vocab_size: 2,
    hidden_act: 'gelu',
    layer_norm_eps: 1e-12,
    initializer_range: 0.1,
    pad_token_id: 0,
    tie_word_embeddings: true,
  };
  const architecture = findArchitecture(configuration);
  const spec = architecture.spec(configuration);
  const weights = memoryWeights(initializeParameters(spec, 1));
  await mkdir(folder, { recursive: true });
  await saveModel({ spec, architecture, weights }, folder);
  await writeFile(join(folder, 'tokenizer.json'), JSON.stringify(tokenizerOf(vocabulary)));
  const marks = { pad_token: '[PAD]', mask_token: '[MASK]', eos_token: '[SEP]' };
  await writeFile(join(folder, 'tokenizer_config.json'), JSON.stringify(marks));
}

/**
 * As `tokenizer.json` says it: words between spaces, `[CLS]` before a text and `[SEP]` after it.
 *
 * @param {readonly string[]} vocabulary
 */
function tokenizerOf(vocabulary) {
  /** @type {(token: string) => number} */
  const id = (token) => vocabulary.indexOf(token);
  /** @type {(token: string) => object} */
  const mark = (token) => ({ SpecialToken: { id: token, type_id: 0 } });
  const single = [mark('[CLS]'), { Sequence: { id: 'A', type_id: 0 } }, mark('[SEP]')];
  return {
    version: '1.0',
    added_tokens: special.map((content) => ({ id: id(content), content, special: true })),
    pre_tokenizer: { type: 'Whitespace' },
    post_processor: {
      type: 'TemplateProcessing',
      single,
      pair: single,
      special_tokens: Object.fromEntries(
        ['[CLS]', '[SEP]'].map((token) => [
          token,
          { id: token, ids: [id(token)], tokens: [token] },
        ]),
      ),
    },
    model: {
      type: 'WordLevel',
      unk_token: '[UNK]',
      vocab: Object.fromEntries(vocabulary.map((word) => [word, id(word)])),
    },
  };
}

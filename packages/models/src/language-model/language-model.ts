import type { Device, DeviceTensor, HostTensor } from '@tunesmith/runtime';
import { createDecoder } from '../generation/decoder.ts';
import { createPrefixCache } from '../generation/prefix-cache.ts';
import { createGenerator } from '../generation/generate.ts';
import { readPrompt, roomAfter } from '../generation/request.ts';
import type {
  GenerateOptions,
  Generation,
  GenerationPiece,
  Prompt,
} from '../generation/options.ts';
import type { Model } from '../model.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import { bindModel, type BoundModelOptions } from './bound.ts';
import { createScorer, type ScoreRequests } from './log-likelihoods.ts';
import { createLogits, type ComputeLogits } from './logits.ts';

/** A model on a device that scores and writes text, with adapters' hooks where it was given any. */
export interface LanguageModel {
  readonly model: Model;
  readonly device: Device;
  readonly tokenizer?: Tokenizer;
  /** How likely continuations are: many requests at once are packed and cost little more than their tokens. */
  readonly logLikelihoods: ScoreRequests;
  /** Logits of whole rows, `[rows, virtual + tokens, vocabulary]`. */
  readonly logits: ComputeLogits;
  /**
   * Writes one text, piece by piece; the last piece carries the finished generation.
   *
   * @param place the number of the prompt among those of one seed: each has random numbers of its own
   */
  stream(
    prompt: Prompt,
    options?: GenerateOptions,
    place?: number,
  ): AsyncGenerator<GenerationPiece, void>;
  /** Tokens that may be written after a prompt; below 1 where the prompt itself is longer than the model takes. */
  room(prompt: Prompt): number;
  /** Writes a text for each prompt, several side by side. No result depends on the other prompts. */
  generate(prompts: readonly Prompt[], options?: GenerateOptions): Promise<Generation[]>;
  /** Replaces the adapters' tensors, for example after a training step; nothing is compiled again. */
  update(extra: Readonly<Record<string, HostTensor | DeviceTensor>>): void;
  /** Gives back what was compiled for it, once the calls under way are done. The placed model is whoever's it is. */
  dispose(): Promise<void>;
}

/** What a language model is made of. */
export interface LanguageModelOptions extends BoundModelOptions {
  readonly tokenizer?: Tokenizer;
  /**
   * Bytes of keys and values that are kept of prompts, 0 by default: of a prompt that begins as one before it, `generate` and `stream`
   * read the rest alone, and prompts of one call that begin alike have that read once. Logits are the same to float32 rounding.
   */
  readonly prefixCacheBytes?: number;
}

/**
 * A placed model for scoring and generation.
 *
 * Functions are compiled when first used, once for each bucket of lengths.
 *
 * @example
 * ```ts
 * const placed = await placeModel(await loadModel('models/tiny'), await openDevice());
 * const tokenizer = await loadTokenizer('models/tiny');
 * const language = createLanguageModel({ placed, tokenizer });
 * for await (const { text } of language.stream('Once upon a time')) process.stdout.write(text);
 * ```
 */
export function createLanguageModel(options: LanguageModelOptions): LanguageModel {
  const { tokenizer, prefixCacheBytes = 0 } = options;
  const bound = bindModel(options);
  const prefixes = prefixCacheBytes > 0 ? createPrefixCache(prefixCacheBytes) : undefined;
  const decoder = createDecoder(bound, prefixes);
  const generator = createGenerator(bound, decoder, tokenizer, prefixes !== undefined);
  return {
    model: bound.model,
    device: bound.device,
    ...(tokenizer ? { tokenizer } : {}),
    logLikelihoods: createScorer(bound),
    logits: createLogits(bound),
    stream: (prompt, generateOptions = {}, place = 0) =>
      generator.stream(prompt, generateOptions, place),
    room: (prompt) => roomAfter(bound, readPrompt(prompt, tokenizer).ids.length),
    generate: (prompts, generateOptions = {}) => generator.generate(prompts, generateOptions),
    update(extra) {
      prefixes?.clear();
      bound.update(extra);
    },
    async dispose() {
      prefixes?.clear();
      await bound.dispose();
    },
  };
}

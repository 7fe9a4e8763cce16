import { showValue, type Message, type TunesmithError } from '@tunesmith/schema';
import { inspectChatTemplate } from '../chat/inspect.ts';
import { renderChat } from '../chat/render.ts';
import { renderUnfinished } from '../chat/unfinished.ts';
import { modelsError } from '../errors.ts';
import { checkIds, type BoundModel } from '../language-model/bound.ts';
import type { RecordMeta } from '../record-inputs.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import { decoderStartOf } from './decoder-start.ts';
import type { BeamOptions } from './beam-options.ts';
import { noDefaults } from './defaults.ts';
import type { GenerateOptions, Prompt } from './options.ts';
import type { OutputGuide } from './output/output.ts';
import type { ProcessorSettings } from './processors.ts';
import type { SamplingOptions } from './warpers.ts';

/** A prompt with everything that says how texts after it are written. */
export interface GenerationRequest {
  readonly promptIds: readonly number[];
  /** The record of the prompt, where methods read of it. */
  readonly record: RecordMeta | undefined;
  /** What the decoder begins with: the prompt, or the start token of an encoder-decoder. */
  readonly beginning: readonly number[];
  /** Most tokens to write. */
  readonly limit: number;
  readonly endIds: ReadonlySet<number>;
  readonly stop: readonly string[];
  readonly sampling: SamplingOptions;
  readonly processors: ProcessorSettings;
  /** What the text must be. */
  readonly guide: OutputGuide | undefined;
  /** Alternatives whose log-probabilities are told; undefined: none are, nor those of the tokens themselves. */
  readonly alternatives: number | undefined;
  readonly tokenizer: Tokenizer | undefined;
  readonly seed: number;
  /** Makes the random numbers independent of those of other prompts of the same seed. */
  readonly stream: number;
}

function isConversation(prompt: Prompt): prompt is readonly Message[] {
  return typeof prompt[0] === 'object';
}

const promptKinds = 'a text, token ids, or messages with a role and a content';

/** @throws TunesmithError `invalid-prompt` unless these are prompts */
export function checkPrompts(prompts: unknown): void {
  if (!Array.isArray(prompts))
    throw invalidPrompt(
      'what is to be answered',
      prompts,
      `an array of prompts, each ${promptKinds}`,
    );
}

function invalidPrompt(what: string, value: unknown, accepted: string): TunesmithError {
  const message = `${what} is ${showValue(value)}`;
  return modelsError({ code: 'invalid-prompt', message, value, accepted });
}

/** The tokenizer that something needs. @throws `no-tokenizer` */
export function needTokenizer(tokenizer: Tokenizer | undefined, what: string): Tokenizer {
  if (tokenizer) return tokenizer;
  throw modelsError({
    code: 'no-tokenizer',
    message: `${what} needs a tokenizer`,
    accepted: 'a tokenizer, or token ids as the prompt',
  });
}

/**
 * The ids of a prompt, and the ids that end the answer to it. A conversation that ends with the assistant's turn is gone on with.
 *
 * @throws TunesmithError `invalid-prompt`, and the errors of rendering a conversation
 */
export function readPrompt(
  prompt: Prompt,
  tokenizer: Tokenizer | undefined,
): { ids: readonly number[]; ends: readonly number[] } {
  const ends = tokenizer?.endIds ?? [];
  if (typeof prompt === 'string')
    return { ids: needTokenizer(tokenizer, 'a text prompt').encode(prompt), ends };
  if (!Array.isArray(prompt)) throw invalidPrompt('a prompt', prompt, promptKinds);
  if (!isConversation(prompt)) return { ids: prompt as readonly number[], ends };
  const known = needTokenizer(tokenizer, 'a conversation');
  const begun = prompt.at(-1)?.role === 'assistant';
  const text = begun
    ? renderUnfinished(known, prompt)
    : renderChat(known, prompt, { generationPrompt: true }).text;
  const turnEnd = inspectChatTemplate(known).endOfTurn;
  const turnEndId = turnEnd === undefined ? undefined : known.id(turnEnd);
  // The template writes the beginning of sequence itself where the model wants one.
  return {
    ids: known.encode(text, { special: false }),
    ends: turnEndId === undefined ? ends : [...ends, turnEndId],
  };
}

/** Tokens to write where neither the caller nor the model says how many. */
const usualTokens = 128;

/** The values of `given` under the keys of options, over the model's own. */
function over<Options extends object>(
  given: GenerateOptions,
  defaults: Options,
  keys: readonly (keyof Options & keyof GenerateOptions)[],
): Options {
  const said = keys.filter((key) => given[key] !== undefined);
  return { ...defaults, ...Object.fromEntries(said.map((key) => [key, given[key]])) };
}

const warperKeys = ['topK', 'topP', 'minP', 'typicalP', 'epsilonCutoff', 'etaCutoff'] as const;

const scoringKeys = [
  'logitBias',
  'sequenceBias',
  'repetitionPenalty',
  'presencePenalty',
  'frequencyPenalty',
  'promptRepetitionPenalty',
  'noRepeat',
  'promptNoRepeat',
  'badWords',
  'suppressed',
  'suppressedFirst',
  'minimumTokens',
  'minimumLength',
  'forcedFirst',
  'forcedEnd',
  'endGrowth',
] as const;

const beamKeys = ['beams', 'lengthPenalty', 'earlyStopping', 'renormalized'] as const;

/** How beams are searched, nothing left open. */
export type SettledBeams = Required<Omit<BeamOptions, 'renormalized'>> &
  Pick<BeamOptions, 'renormalized'>;

/**
 * How beams are searched: as the caller says, else as the model's files say; sampling that the caller asks for has none.
 *
 * @throws TunesmithError `invalid-generation` for what the caller says of a search that there is not
 */
export function beamsOf(options: GenerateOptions, tokenizer: Tokenizer | undefined): SettledBeams {
  const usual = { beams: 1, lengthPenalty: 1, earlyStopping: false };
  const defaults = (tokenizer?.generation ?? noDefaults).beams;
  const isSampled = options.beams === undefined && (options.temperature ?? 0) > 0;
  const settled = {
    ...over<SettledBeams>(options, { ...usual, ...defaults }, beamKeys),
    ...(isSampled ? { beams: 1 } : {}),
  };
  const unused = (['lengthPenalty', 'earlyStopping'] as const).find(
    (key) => options[key] !== undefined,
  );
  if (settled.beams === 1 && unused !== undefined)
    throw modelsError({
      code: 'invalid-generation',
      message: `${unused} is of a beam search, and there is one beam`,
      value: options[unused],
      accepted: 'beams above 1 beside it',
    });
  return settled;
}

/** Tokens that may be written after a prompt; the last one is never read again, so it needs no place. */
export function roomAfter(bound: BoundModel, promptTokens: number): number {
  const { spec } = bound.model;
  // The encoder has read the prompt, and the decoder begins with its start token.
  const read = spec.kind === 'encoder-decoder' ? 1 : promptTokens;
  return spec.maximumPositions - bound.virtual.count - read + 1;
}

/**
 * Reads a prompt and settles how it is answered: as the caller says, else as the model's files say; a temperature is the caller's
 * choice alone.
 */
export function readRequest(
  bound: BoundModel,
  tokenizer: Tokenizer | undefined,
  prompt: Prompt,
  options: GenerateOptions,
  own: Pick<GenerationRequest, 'stream' | 'record' | 'guide'>,
): GenerationRequest {
  const defaults = tokenizer?.generation ?? noDefaults;
  const { stopIds = [], ignoreEnd = false, seed = 0 } = options;
  // An output says by itself where it ends.
  const stop = own.guide ? [] : [...(options.stop ?? []), ...defaults.stop];
  if (stop.length > 0) needTokenizer(tokenizer, 'a stop string');
  const { ids: promptIds, ends } = readPrompt(prompt, tokenizer);
  if (promptIds.length === 0) {
    throw modelsError({
      code: 'empty-prompt',
      message: 'the prompt has no token',
      accepted: 'at least one token, for example the beginning of sequence',
    });
  }
  checkIds(bound.model, promptIds, 'the prompt');
  bound.checkLength(promptIds.length, 'the prompt');
  checkIds(bound.model, Object.keys(options.logitBias ?? {}).map(Number), 'logitBias');
  const { spec } = bound.model;
  const beginning = spec.kind === 'encoder-decoder' ? [decoderStartOf(spec)] : promptIds;
  const longest = defaults.maximumLength ?? Number.POSITIVE_INFINITY;
  const wanted =
    options.maximumTokens ?? defaults.maximumTokens ?? Math.max(1, longest - beginning.length);
  const asked = Number.isFinite(wanted) ? wanted : usualTokens;
  const limit = Math.min(Math.max(1, asked), roomAfter(bound, promptIds.length));
  const endIds = new Set([...(ignoreEnd ? [] : ends), ...stopIds]);
  const { asked: _, ...usual } = defaults.sampling;
  return {
    ...own,
    promptIds,
    beginning,
    limit,
    endIds,
    stop,
    sampling: { ...over(options, usual, warperKeys), temperature: options.temperature ?? 0 },
    processors: {
      options: over(options, defaults.scoring, scoringKeys),
      prompt: promptIds,
      tokenizer,
      endIds,
      limit,
    },
    alternatives: options.logProbabilities,
    tokenizer,
    seed,
  };
}

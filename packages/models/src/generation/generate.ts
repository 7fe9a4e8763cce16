import { modelsError } from '../errors.ts';
import type { BoundModel } from '../language-model/bound.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import { createBeamSearch } from './beam-search.ts';
import {
  cacheCapacity,
  promptColumns,
  type DecodingGroup,
  type StartDecoding,
} from './decoding-group.ts';
import {
  checkOptions,
  type GenerateOptions,
  type Generation,
  type GenerationPiece,
  type Prompt,
} from './options.ts';
import { outputGuide } from './output/output.ts';
import { shortestPrefix } from './prefix-cache.ts';
import {
  beamsOf,
  checkPrompts,
  needTokenizer,
  readRequest,
  type GenerationRequest,
  type SettledBeams,
} from './request.ts';
import { textsTogether } from './side-by-side.ts';
import { createWriter, type Writer } from './writer.ts';

/** Writes texts with a model. */
export interface Generator {
  /** Writes the texts of one prompt piece by piece. `stream` makes its random numbers independent of the other prompts'. */
  stream(
    prompt: Prompt,
    options: GenerateOptions,
    stream?: number,
  ): AsyncGenerator<GenerationPiece, void>;
  /** Writes the texts of each prompt, several side by side; prompt i draws from stream i. */
  generate(prompts: readonly Prompt[], options: GenerateOptions): Promise<Generation[]>;
}

/** A piece of one of some texts that are written side by side. */
interface TextPiece {
  readonly text: number;
  readonly piece: Omit<GenerationPiece, 'sample'>;
}

/**
 * Generation with a cache: greedy, by sampling, or by beam search.
 *
 * @param bound the model
 * @param start its decoder
 * @param tokenizer for text prompts, conversations, stop strings and text in the result
 * @param hasPrefixes whether the decoder keeps beginnings of prompts: those that share theirs are then read side by side
 */
export function createGenerator(
  bound: BoundModel,
  start: StartDecoding,
  tokenizer: Tokenizer | undefined,
  hasPrefixes = false,
): Generator {
  const begin = (
    requests: readonly GenerationRequest[],
    copies: number,
    signal: AbortSignal | undefined,
  ): Promise<DecodingGroup> => {
    signal?.throwIfAborted();
    return start(
      requests.map(({ promptIds }) => promptIds),
      Math.max(...requests.map(({ limit }) => limit)),
      { records: requests.map(({ record }) => record), copies },
    );
  };
  const told = (done: Generation, { cachedTokens }: DecodingGroup): Generation =>
    cachedTokens === undefined ? done : { ...done, cachedTokens };

  /** Writes the texts of some requests side by side; the pieces of each come in their order. */
  async function* write(
    requests: readonly GenerationRequest[],
    samples: number,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<TextPiece, void> {
    const group = await begin(requests, samples, signal);
    const writers = requests.flatMap((request) =>
      Array.from({ length: samples }, (_, sample) => createWriter(request, sample)),
    );
    const finished = (writer: Writer): TextPiece['piece'] => {
      const { text, done } = writer.finish();
      return { text, done: told(done, group) };
    };
    try {
      let logits = group.first;
      let open = writers.map(() => true);
      while (true) {
        const ids: (number | undefined)[] = [];
        for (const [text, writer] of writers.entries()) {
          if (!open[text]) continue;
          const { id, text: added, ended } = writer.take(logits[text]!);
          if (added !== '') yield { text, piece: { text: added } };
          if (ended) yield { text, piece: finished(writer) };
          else ids[text] = id;
        }
        open = writers.map((_, text) => ids[text] !== undefined);
        if (!open.includes(true)) return;
        signal?.throwIfAborted();
        logits = await group.next(writers.map((_, text) => ids[text]));
      }
    } finally {
      group.close();
    }
  }

  /** Searches the texts of some requests side by side; each comes whole. */
  async function* search(
    requests: readonly GenerationRequest[],
    samples: number,
    settled: SettledBeams,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<TextPiece, void> {
    const { beams } = settled;
    const group = await begin(requests, beams, signal);
    const searches = requests.map((request) => createBeamSearch(request, settled));
    try {
      let logits = group.first;
      let open = searches.map(() => true);
      while (true) {
        const steps = searches.map((one, i) =>
          open[i] ? one.take(logits.slice(i * beams, (i + 1) * beams)) : undefined,
        );
        for (const [i, one] of searches.entries()) {
          if (!open[i] || steps[i]) continue;
          for (const [sample, done] of one.finish(samples).entries())
            yield {
              text: i * samples + sample,
              piece: { text: done.text, done: told(done, group) },
            };
        }
        open = steps.map((step) => step !== undefined);
        if (!open.includes(true)) return;
        signal?.throwIfAborted();
        const texts = steps.flatMap((step, i) =>
          Array.from({ length: beams }, (_, beam) => ({
            source: i * beams + (step ? step.sources[beam]! : beam),
            id: step?.ids[beam],
          })),
        );
        await group.reorder(texts.map(({ source }) => source));
        logits = await group.next(texts.map(({ id }) => id));
      }
    } finally {
      group.close();
    }
  }

  /** How the requests of a call are answered: in which groups, and each by what. */
  const plan = (prompts: readonly Prompt[], options: GenerateOptions, streamOf: number) => {
    checkGenerates(bound);
    checkPrompts(prompts);
    checkOptions(options);
    const settled = beamsOf(options, tokenizer);
    const { samples = 1, signal } = options;
    checkSamples(samples, settled, options);
    const guide =
      options.output && outputGuide(options.output, needTokenizer(tokenizer, 'an output'));
    const requests = prompts.map((prompt, i) =>
      readRequest(bound, tokenizer, prompt, options, {
        stream: options.places?.[i] ?? streamOf + i,
        record: options.records?.[i],
        guide,
      }),
    );
    const isSearch = settled.beams > 1;
    return {
      samples,
      requests,
      groups: groups(bound, requests, isSearch ? settled.beams : samples, hasPrefixes),
      answer: (some: readonly GenerationRequest[]) =>
        isSearch ? search(some, samples, settled, signal) : write(some, samples, signal),
    };
  };

  return {
    async *stream(prompt, options, stream = 0) {
      const { groups: all, answer } = plan([prompt], options, stream);
      for (const requests of all)
        for await (const { text, piece } of answer(requests)) yield { sample: text, ...piece };
    },
    async generate(prompts, options) {
      const { samples, requests: asked, groups: all, answer } = plan(prompts, options, 0);
      const placeOf = new Map(asked.map((request, place) => [request, place]));
      const results: Generation[][] = prompts.map(() => []);
      for (const requests of all)
        for await (const { text, piece } of answer(requests)) {
          const place = placeOf.get(requests[Math.floor(text / samples)]!)!;
          if (piece.done) results[place]![text % samples] = piece.done;
        }
      return results.flat();
    },
  };
}

/**
 * Requests side by side: those whose prompt and text take the padding and the capacity that each would take alone, so that its
 * numbers are the same in any company.
 */
function groups(
  bound: BoundModel,
  requests: readonly GenerationRequest[],
  copies: number,
  hasPrefixes: boolean,
): GenerationRequest[][] {
  const open = new Map<string, GenerationRequest[]>();
  const all: GenerationRequest[][] = [];
  for (const request of requests) {
    const { length } = request.promptIds;
    const capacity = cacheCapacity(bound, length, request.limit);
    const beginning = hasPrefixes
      ? `${request.promptIds.slice(0, shortestPrefix).join(' ')} ${bound.recordKey(request.record)}`
      : '';
    const key = `${promptColumns(bound, length)} ${capacity} ${beginning}`;
    const most = Math.max(1, Math.floor(textsTogether(capacity) / copies));
    const group = open.get(key);
    if (group && group.length < most) {
      group.push(request);
      continue;
    }
    const next = [request];
    open.set(key, next);
    all.push(next);
  }
  return all;
}

function checkGenerates({ model: { spec } }: BoundModel): void {
  if (spec.headKind.kind === 'vocabulary' && spec.kind !== 'encoder') return;
  throw modelsError({
    code: 'cannot-generate',
    message: `a model of type "${spec.modelType}" with ${spec.headKind.kind === 'labels' ? 'a head for labels' : 'an encoder alone'} writes no text`,
    value: spec.modelType,
    accepted: 'a decoder or an encoder-decoder with a head for tokens',
  });
}

function checkSamples(
  samples: number,
  { beams }: SettledBeams,
  { temperature = 0 }: GenerateOptions,
): void {
  if (samples === 1 || temperature > 0 || samples <= beams) return;
  throw modelsError({
    code: 'invalid-generation',
    message:
      beams > 1
        ? `${samples} texts of ${beams} beams`
        : `${samples} samples at temperature 0, which would all be the same`,
    value: samples,
    accepted: beams > 1 ? `at most ${beams} samples` : 'a temperature above 0, or as many beams',
  });
}

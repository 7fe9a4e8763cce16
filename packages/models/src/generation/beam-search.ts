import { createEndingText } from './ending.ts';
import { logProbabilityOf, logSumExp, type TokenLogProbability } from './log-probabilities.ts';
import type { Generation } from './options.ts';
import { checkSomeLeft, createProcessors } from './processors.ts';
import type { GenerationRequest, SettledBeams } from './request.ts';

/** A search for the most likely texts after a prompt, without the model. */
export interface BeamSearch {
  /**
   * Follows the beams by a token each.
   *
   * @param logits `[vocabulary]` of each beam
   * @returns the token of each beam and the beam that it goes on from; undefined where the search has ended
   */
  take(
    logits: readonly Float32Array[],
  ): { readonly ids: readonly number[]; readonly sources: readonly number[] } | undefined;
  /** The best texts, best first. Once, at the end. */
  finish(samples: number): Generation[];
}

/** A text that a search follows, or has finished. */
interface Beam {
  readonly ids: readonly number[];
  /** `Σ log p` of the processed scores; of a finished text, over its length to the power of the penalty. */
  readonly score: number;
  /** Which beam it went on from. */
  readonly source: number;
  /** Where it stands in what the output allows. */
  readonly state: number | undefined;
  readonly logProbabilities: readonly TokenLogProbability[];
}

/** Far below any score: a beam that nothing has reached. */
const nowhere = -1e9;

/**
 * Beam search as in Hugging Face's transformers. Each step takes the best `max(2, 1 + end ids) · beams` continuations; those among
 * the first `beams` of them that end are finished texts, and the best of the others are the beams of the next step.
 */
export function createBeamSearch(request: GenerationRequest, settled: SettledBeams): BeamSearch {
  const { beams, lengthPenalty, earlyStopping } = settled;
  const { beginning, endIds, limit, guide, alternatives, promptIds } = request;
  const begun = beginning.length;
  const candidateCount = Math.max(2, 1 + endIds.size) * beams;
  const scoresOf = scoring(request, settled);
  const nothing: Beam = {
    ids: beginning,
    score: nowhere,
    source: 0,
    state: guide?.start,
    logProbabilities: [],
  };
  let running: readonly Beam[] = [{ ...nothing, score: 0 }, ...Array(beams - 1).fill(nothing)];
  let finished: readonly (Beam & { readonly done: boolean })[] = Array.from(
    { length: beams },
    () => ({ ...nothing, done: false }),
  );

  const goOn = (source: number, id: number, score: number, logits: Float32Array): Beam => {
    const { ids, state, logProbabilities } = running[source]!;
    return {
      ids: [...ids, id],
      score,
      source,
      state: guide && !endIds.has(id) ? guide.after(state!, id) : state,
      logProbabilities:
        alternatives === undefined
          ? []
          : [...logProbabilities, logProbabilityOf(logits, id, alternatives, request.tokenizer)],
    };
  };
  const hasEnded = ({ ids, state }: Beam): boolean =>
    endIds.has(ids.at(-1)!) ||
    ids.length - begun >= limit ||
    (guide !== undefined && guide.isComplete(state!)) ||
    stopsIn(request, ids.slice(begun));
  /** Whether a running beam may still come to score above the worst finished text. */
  const mayImprove = (): boolean => {
    const length =
      earlyStopping === 'never' && lengthPenalty > 0 ? limit : running[0]!.ids.length - begun;
    const best = running[0]!.score / length ** lengthPenalty;
    const worst = Math.min(...finished.map(({ score }) => score));
    return finished.some(({ done }) => best > (done ? worst : nowhere));
  };

  return {
    take(logits) {
      const scores = running.map((beam, row) => scoresOf(logits[row]!, beam));
      const candidates = best(
        scores,
        running.map(({ score }) => score),
        candidateCount,
      ).map(({ row, id, score }) => goOn(row, id, score, logits[row]!));
      if (candidates.length === 0) checkSomeLeft(scores[0]!, { ids: running[0]!.ids, begun });
      const ended = candidates.map(hasEnded);
      const length = running[0]!.ids.length + 1 - begun;
      const completed = candidates
        .filter((_, i) => ended[i] && i < beams)
        .map((beam) => ({ ...beam, score: beam.score / length ** lengthPenalty, done: true }));
      finished = [...finished, ...completed]
        .toSorted((one, other) => other.score - one.score)
        .slice(0, beams);
      const open = candidates.filter((_, i) => !ended[i]).slice(0, beams);
      if (open.length === 0) return undefined;
      // Where fewer ways are open than there are beams, the others follow the first, and lead nowhere.
      const rest = Array.from({ length: beams - open.length }, () => ({
        ...open[0]!,
        score: Number.NEGATIVE_INFINITY,
      }));
      running = [...open, ...rest];
      if (!mayImprove() || (earlyStopping === true && finished.every(({ done }) => done)))
        return undefined;
      return {
        ids: running.map(({ ids }) => ids.at(-1)!),
        sources: running.map(({ source }) => source),
      };
    },
    finish: (samples) =>
      finished
        .filter(({ done }) => done)
        .slice(0, samples)
        .map(({ ids, score, logProbabilities, state }) => {
          const own = ids.slice(begun);
          const text = createEndingText(request);
          for (const id of own) if (text.push(id).ended) break;
          const { text: written, finishReason } = text.finish();
          const isComplete = guide !== undefined && guide.isComplete(state!);
          return {
            text: written,
            ids: own,
            finishReason: isComplete ? 'end' : finishReason,
            promptTokens: promptIds.length,
            ...(alternatives === undefined ? {} : { logProbabilities }),
            score,
          };
        }),
  };
}

/** The log-probabilities of a beam's next token, after the processors and what the output allows. */
function scoring(
  request: GenerationRequest,
  { renormalized }: SettledBeams,
): (logits: Float32Array, beam: Beam) => Float32Array {
  const process = createProcessors(request.processors);
  const { guide, beginning, limit, endIds } = request;
  const begun = beginning.length;
  const normalized = (values: Float32Array): Float32Array => {
    const total = logSumExp(values);
    return values.map((value) => value - total);
  };
  return (logits, { ids, state }) => {
    const scores = process(normalized(logits), { ids, begun });
    guide?.restrict(scores, state!, endIds, limit - (ids.length - begun));
    return renormalized ? normalized(scores) : scores;
  };
}

/** The best continuations of all beams, best first; none that may not be. */
function best(
  scores: readonly Float32Array[],
  before: readonly number[],
  count: number,
): { row: number; id: number; score: number }[] {
  const found: { row: number; id: number; score: number }[] = [];
  for (const [row, own] of scores.entries()) {
    const sum = before[row]!;
    let least = found.length < count ? Number.NEGATIVE_INFINITY : found.at(-1)!.score;
    for (let id = 0; id < own.length; id++) {
      const score = sum + own[id]!;
      if (!(score > least)) continue;
      let place = found.length;
      while (place > 0 && score > found[place - 1]!.score) place--;
      found.splice(place, 0, { row, id, score });
      if (found.length > count) found.pop();
      if (found.length === count) least = found.at(-1)!.score;
    }
  }
  return found;
}

/** Whether a stop string stands in a text. */
function stopsIn({ stop, tokenizer }: GenerationRequest, ids: readonly number[]): boolean {
  if (stop.length === 0) return false;
  const text = tokenizer!.decode(ids);
  return stop.some((one) => text.includes(one));
}

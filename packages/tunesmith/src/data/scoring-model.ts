import { createMeanStates, type ModelSpec, type Tokenizer } from '@tunesmith/models';
import type { ScoredText, ScoringModel } from '@tunesmith/schema';
import { languageModelOf } from '../session-model.ts';
import { requireTokenizer, type Session } from '../session.ts';

/** A scoring model that gives back what was compiled for it. */
export interface SessionScoringModel extends ScoringModel {
  dispose(): Promise<void>;
}

/**
 * A session's model, with its adapters, as data filters ask it. Texts that are longer than it takes are cut: contexts at their
 * beginning, what is scored or embedded at its end.
 *
 * @throws TunesmithError `no-tokenizer`
 */
export async function scoringModelOf(session: Session, name: string): Promise<SessionScoringModel> {
  const tokenizer = requireTokenizer(session);
  const language = await languageModelOf(session);
  const embed = createMeanStates(await session.placement.get());
  const longest = session.model.spec.maximumPositions ?? Number.POSITIVE_INFINITY;
  return {
    name,
    async losses(texts) {
      const requests = texts.map(({ context, text }) => {
        const { kind } = session.model.spec;
        const before = tokensBefore(tokenizer, kind, context);
        const after = tokensAfter(tokenizer, kind, before, { context, text });
        // Where nothing can stand before it, the first token is not predicted.
        const all = before.length > 0 ? after : after.slice(1);
        const start = before.length > 0 ? before : after.slice(0, 1);
        const continuation = all.slice(0, longest);
        const room = Math.max(1, longest + 1 - continuation.length);
        return { context: start.slice(-room), continuation };
      });
      const asked = requests.filter(({ continuation }) => continuation.length > 0);
      const scored = await language.logLikelihoods(asked);
      let next = 0;
      return requests.map(({ continuation }) => {
        if (continuation.length === 0) return { loss: Number.NaN, tokens: 0 };
        const { sum, tokens } = scored[next++]!;
        return { loss: -sum / tokens, tokens };
      });
    },
    async embeddings(texts) {
      return embed(texts.map((text) => tokenizer.encode(text).slice(0, longest)));
    },
    async dispose() {
      await language.dispose();
      await embed.dispose();
    },
  };
}

/** What stands before a text that is scored: what an encoder reads as its tokenizer writes it, else without an end. */
function tokensBefore(tokenizer: Tokenizer, kind: ModelSpec['kind'], context: string): number[] {
  if (kind === 'encoder-decoder') return tokenizer.encode(context);
  const { addsBos, bos } = tokenizer;
  const beginning = addsBos && bos !== undefined ? [bos] : [];
  return [...beginning, ...tokenizer.encode(context, { special: false })];
}

/**
 * What a text becomes after its context: the rest of both tokenized together where that begins with the context's tokens, as the papers'
 * programs have it; alone where the two would grow together, or an encoder reads the context.
 */
function tokensAfter(
  tokenizer: Tokenizer,
  kind: ModelSpec['kind'],
  before: readonly number[],
  { context, text }: ScoredText,
): number[] {
  const alone = tokenizer.encode(text, { special: false });
  if (kind === 'encoder-decoder' || context === '') return alone;
  const both = tokensBefore(tokenizer, kind, context + text);
  const begins = before.every((id, index) => both[index] === id);
  return begins && both.length > before.length ? both.slice(before.length) : alone;
}

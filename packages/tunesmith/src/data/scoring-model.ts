import { createMeanStates, type ModelSpec, type Tokenizer } from '@tunesmith/models';
import type { ScoringModel } from '@tunesmith/schema';
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
        const before = tokensBefore(tokenizer, session.model.spec.kind, context);
        const after = tokenizer.encode(text, { special: false });
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

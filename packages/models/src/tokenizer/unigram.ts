import { byteToken, bytesOf } from './bytes.ts';
import { invalidTokenizer, readFlag, shown, type Part } from './json.ts';
import type { TokenModel } from './token-model.ts';
import { checkId, type IdRange } from './vocabulary.ts';

/** How much less likely than the least likely token an unknown character is. */
const unknownPenalty = 10;

/** Reads `vocab`, a list of `[token, score]`; a token's id is its place. */
function readPieces(part: Part, range: IdRange): { ids: Map<string, number>; scores: number[] } {
  const path = `${part.path}.vocab`;
  const vocabulary = part.json['vocab'];
  if (!Array.isArray(vocabulary) || vocabulary.length === 0)
    throw invalidTokenizer(
      `${path} is ${shown(vocabulary)}`,
      vocabulary,
      'a list of [token, score]',
    );
  const ids = new Map<string, number>();
  const scores = vocabulary.map((entry: unknown, id) => {
    const [token, score] = Array.isArray(entry) && entry.length === 2 ? (entry as unknown[]) : [];
    if (typeof token !== 'string' || typeof score !== 'number')
      throw invalidTokenizer(`${path}[${id}] is ${shown(entry)}`, entry, '[token, score]');
    checkId(token, id, range, path);
    const other = ids.get(token);
    if (other !== undefined) {
      throw invalidTokenizer(
        `${path} has the token ${shown(token)} twice, at ${other} and ${id}`,
        token,
        'each token once',
      );
    }
    ids.set(token, id);
    return score;
  });
  return { ids, scores };
}

/**
 * Unigram: the tokens that spell a word with the largest sum of scores (Viterbi). Characters that no token spells are
 * unknown, and several in a row are one unknown token; with `byte_fallback` they are written as their bytes.
 *
 * @see Kudo, Subword Regularization, 2018, https://arxiv.org/abs/1804.10959
 */
export function readUnigram(part: Part, range: IdRange): TokenModel {
  const { ids, scores } = readPieces(part, range);
  const unknown = part.json['unk_id'] ?? undefined;
  if (
    unknown !== undefined &&
    !(Number.isSafeInteger(unknown) && scores[unknown as number] !== undefined)
  ) {
    throw invalidTokenizer(
      `${part.path}.unk_id is ${shown(unknown)}`,
      unknown,
      `whole numbers from 0 to ${scores.length - 1}`,
    );
  }
  const unknownId = unknown as number | undefined;
  const fallsBack = readFlag(part, 'byte_fallback', false);
  const unknownScore = scores.reduce((least, score) => Math.min(least, score), 0) - unknownPenalty;
  let longest = 1;
  for (const token of ids.keys()) longest = Math.max(longest, Array.from(token).length);

  /** The ids of text that no single token spells. */
  const spell = (text: string): (number | undefined)[] => {
    const id = ids.get(text);
    if (id !== undefined) return [id];
    if (fallsBack) {
      const bytes = Array.from(bytesOf(text), (byte) => ids.get(byteToken(byte)));
      if (!bytes.includes(undefined)) return bytes;
    }
    return [unknownId];
  };

  return {
    ids,
    encode(word, places) {
      const characters = Array.from(word);
      const count = characters.length;
      const best = new Float64Array(count + 1).fill(Number.NEGATIVE_INFINITY);
      const begins = new Int32Array(count + 1).fill(-1);
      const isUnknown = new Uint8Array(count + 1);
      best[0] = 0;
      const offer = (start: number, end: number, score: number, unknownPiece: boolean): void => {
        if (begins[end]! >= 0 && best[start]! + score <= best[end]!) return;
        best[end] = best[start]! + score;
        begins[end] = start;
        isUnknown[end] = unknownPiece ? 1 : 0;
      };
      for (let start = 0; start < count; start++) {
        let piece = '';
        let single = false;
        for (let end = start + 1; end <= Math.min(count, start + longest); end++) {
          piece += characters[end - 1]!;
          const id = ids.get(piece);
          if (id === undefined) continue;
          offer(start, end, scores[id]!, id === unknownId);
          single ||= end === start + 1;
        }
        if (!single) offer(start, start + 1, unknownScore, true);
      }
      const pieces: { text: string; unknown: boolean }[] = [];
      for (let end = count; end > 0; end = begins[end]!) {
        const text = characters.slice(begins[end]!, end).join('');
        const last = pieces.at(-1);
        if (isUnknown[end] === 1 && last?.unknown) last.text = text + last.text;
        else pieces.push({ text, unknown: isUnknown[end] === 1 });
      }
      let end = 0;
      return pieces.reverse().flatMap(({ text }) => {
        const spelled = spell(text);
        const start = end;
        end += text.length;
        if (places) for (let i = 0; i < spelled.length; i++) places.push([start, end]);
        return spelled;
      });
    },
  };
}

import { invalidTokenizer, shown, type Part } from './json.ts';

/** Most ids a vocabulary may have where no model says how many rows its embedding has. */
const mostIds = 2 ** 24;

/** What a token's id may be. */
export interface IdRange {
  /** One more than the highest id. */
  readonly end: number;
  /** What the range is read from, for errors. */
  readonly reason: string;
}

/** The ids that a model has rows for, by `vocab_size` of its `config.json`. */
export function idRange(model: Readonly<Record<string, unknown>> | undefined): IdRange {
  const nested = model?.['text_config'] as { vocab_size?: unknown } | null | undefined;
  const rows = model?.['vocab_size'] ?? nested?.vocab_size;
  return Number.isSafeInteger(rows) && (rows as number) > 0
    ? { end: rows as number, reason: `, the rows of the model's embedding` }
    : { end: mostIds, reason: '' };
}

/** Checks one id. */
export function checkId(
  token: string,
  id: unknown,
  { end, reason }: IdRange,
  path: string,
): number {
  if (Number.isSafeInteger(id) && (id as number) >= 0 && (id as number) < end) return id as number;
  throw invalidTokenizer(
    `${path} gives the token ${shown(token)} the id ${shown(id)}`,
    id,
    `whole numbers from 0 to ${end - 1}${reason}`,
  );
}

/**
 * Reads a vocabulary, `{ token: id }`.
 *
 * @throws `invalid-tokenizer` for an id that is no whole number in the range, and for two tokens of one id
 */
export function readVocabulary(part: Part, range: IdRange): Map<string, number> {
  const vocabulary = part.json['vocab'];
  const path = `${part.path}.vocab`;
  if (typeof vocabulary !== 'object' || vocabulary === null || Array.isArray(vocabulary))
    throw invalidTokenizer(
      `${path} is ${shown(vocabulary)}`,
      vocabulary,
      'an object of ids by token',
    );
  const ids = new Map<string, number>();
  const tokens = new Map<number, string>();
  for (const [token, value] of Object.entries(vocabulary)) {
    const id = checkId(token, value, range, path);
    const other = tokens.get(id);
    if (other !== undefined) {
      throw invalidTokenizer(
        `${path} gives the tokens ${shown(other)} and ${shown(token)} the same id ${id}`,
        id,
        'an id of its own for each token',
      );
    }
    tokens.set(id, token);
    ids.set(token, id);
  }
  if (ids.size === 0) throw invalidTokenizer(`${path} is empty`, {}, 'at least one token');
  return ids;
}

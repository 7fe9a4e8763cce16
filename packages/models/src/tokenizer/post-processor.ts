import {
  asPart,
  invalidTokenizer,
  makeByType,
  readParts,
  shown,
  type Makers,
  type Part,
} from './json.ts';

/** The ids that a tokenizer's rules put before and after a text. */
export interface Surroundings {
  readonly before: readonly number[];
  readonly after: readonly number[];
}

type TokenOf = (id: number) => string | undefined;

function checked(id: unknown, path: string, tokenOf: TokenOf): number {
  if (Number.isSafeInteger(id) && tokenOf(id as number) !== undefined) return id as number;
  throw invalidTokenizer(`${path} is ${shown(id)}`, id, 'an id of the vocabulary');
}

function template(part: Part, tokenOf: TokenOf): Surroundings {
  const before: number[] = [];
  const after: number[] = [];
  let texts = 0;
  const named = asPart(part.json['special_tokens'] ?? {}, `${part.path}.special_tokens`);
  for (const piece of readParts(part, 'single')) {
    if ('Sequence' in piece.json) {
      texts++;
      continue;
    }
    const { json } = asPart(piece.json['SpecialToken'], `${piece.path}.SpecialToken`);
    const name = String(json['id']);
    const path = `${named.path}[${JSON.stringify(name)}]`;
    const special = asPart(Object.hasOwn(named.json, name) ? named.json[name] : undefined, path);
    const ids = special.json['ids'];
    if (!Array.isArray(ids))
      throw invalidTokenizer(`${path}.ids is ${shown(ids)}`, ids, 'a list of ids');
    for (const id of ids) (texts > 0 ? after : before).push(checked(id, `${path}.ids`, tokenOf));
  }
  if (texts !== 1)
    throw invalidTokenizer(`${part.path}.single holds the text ${texts} times`, texts, 'once');
  return { before, after };
}

/** `cls` and `sep`, each `[token, id]`. */
function pair(part: Part, tokenOf: TokenOf): Surroundings {
  const [before, after] = ['cls', 'sep'].map((key) => {
    const value = part.json[key];
    const id = Array.isArray(value) ? (value[1] as unknown) : undefined;
    return [checked(id, `${part.path}.${key}[1]`, tokenOf)];
  });
  return { before: before!, after: after! };
}

/**
 * Reads what the `post_processor` of `tokenizer.json` puts around one text.
 *
 * @throws `unsupported-tokenizer` for an unknown type; `invalid-tokenizer` for ids outside the vocabulary
 */
export function readSurroundings(part: Part, tokenOf: TokenOf): Surroundings {
  const makers: Makers<Surroundings> = {
    BertProcessing: (one) => pair(one, tokenOf),
    ByteLevel: () => ({ before: [], after: [] }),
    RobertaProcessing: (one) => pair(one, tokenOf),
    Sequence: (one) =>
      readParts(one, 'processors')
        .map((inner) => makeByType(inner, makers))
        .reduce(
          (all, { before, after }) => ({
            before: [...before, ...all.before],
            after: [...all.after, ...after],
          }),
          { before: [], after: [] },
        ),
    TemplateProcessing: (one) => template(one, tokenOf),
  };
  return makeByType(part, makers);
}

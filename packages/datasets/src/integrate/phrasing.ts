import { TunesmithError, nearest } from '@tunesmith/schema';

/** The fields of one annotated row, as text. */
export type Fields = Readonly<Record<string, string>>;

/** One way to put a task into words. `{field}` stands for a field of the row, `{{` and `}}` for braces. */
export interface Phrasing {
  /** Unique within its task. */
  readonly name: string;
  readonly instruction: string;
  /** Shown apart from the instruction, where the phrasing does so. */
  readonly input?: string;
  /** The answer; `{answer}` by default. */
  readonly output?: string;
}

/** A phrasing ready to be filled. */
export interface CompiledPhrasing {
  readonly name: string;
  /** The fields it uses. */
  readonly fields: readonly string[];
  fill(fields: Fields): { instruction: string; input?: string; output: string };
}

/**
 * Checks a phrasing and makes it ready.
 *
 * @param known the fields that rows of the task have
 * @throws TunesmithError `invalid-phrasing` for a lone brace, and for a field that rows do not have,
 * with the nearest one
 */
export function compilePhrasing(phrasing: Phrasing, known: readonly string[]): CompiledPhrasing {
  const parts = {
    instruction: parse(phrasing, phrasing.instruction, known),
    input: phrasing.input === undefined ? undefined : parse(phrasing, phrasing.input, known),
    output: parse(phrasing, phrasing.output ?? '{answer}', known),
  };
  const used = [parts.instruction, parts.input ?? [], parts.output]
    .flat()
    .filter((part) => 'field' in part);
  return {
    name: phrasing.name,
    fields: [...new Set(used.map(({ field }) => field))],
    fill: (fields) => ({
      instruction: render(parts.instruction, fields),
      ...(parts.input ? { input: render(parts.input, fields) } : {}),
      output: render(parts.output, fields),
    }),
  };
}

type Piece = { readonly text: string } | { readonly field: string };

function parse({ name }: Phrasing, template: string, known: readonly string[]): readonly Piece[] {
  const pieces: Piece[] = [];
  for (const [token, field] of template.matchAll(/\{\{|\}\}|\{([^{}]*)\}|[{}]|[^{}]+/g)) {
    if (field !== undefined) {
      if (!known.includes(field)) throw unknownField(name, field, known);
      pieces.push({ field });
    } else if (token === '{' || token === '}') {
      throw invalidPhrasing(
        `phrasing "${name}" has a lone ${token} in ${JSON.stringify(template)}`,
        '{field}, {{ or }}',
      );
    } else {
      pieces.push({ text: token === '{{' || token === '}}' ? token[0]! : token });
    }
  }
  return pieces;
}

function render(pieces: readonly Piece[], fields: Fields): string {
  return pieces
    .map((piece) => {
      if ('text' in piece) return piece.text;
      const value = fields[piece.field];
      if (value === undefined) throw unknownField('(filled)', piece.field, Object.keys(fields));
      return value;
    })
    .join('');
}

function unknownField(phrasing: string, field: string, known: readonly string[]): TunesmithError {
  const close = nearest(field, known);
  return new TunesmithError({
    package: '@tunesmith/datasets',
    code: 'invalid-phrasing',
    message: `phrasing "${phrasing}" names {${field}}, which rows do not have`,
    value: field,
    accepted: known,
    ...(close === undefined ? {} : { nearest: close }),
  });
}

function invalidPhrasing(message: string, accepted: string): TunesmithError {
  return new TunesmithError({
    package: '@tunesmith/datasets',
    code: 'invalid-phrasing',
    message,
    accepted,
  });
}

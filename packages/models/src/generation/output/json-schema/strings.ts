import { bothTexts, isTextOf, otherTexts } from '../character-machine.ts';
import { everyCharacter } from '../code-points.ts';
import { readExpression } from '../expression.ts';
import { characters, choice, literal, repeat, type Grammar } from '../grammar.ts';
import { stringOf, stringOfLength } from '../json-text.ts';
import { patternOfFormat } from './formats.ts';
import { bounds, eachOf, excludedBy, refuse, type Keywords } from './keywords.ts';

const read = new Map<string, Grammar>();

/** The texts that a pattern matches, as a whole or somewhere. @throws as `readExpression` */
export function textsOfPattern(pattern: string, extent: 'whole' | 'anywhere'): Grammar {
  const key = `${extent} ${pattern}`;
  const found = read.get(key) ?? readExpression(pattern, extent);
  read.set(key, found);
  return found;
}

/** Whether a pattern matches a text. */
export function matches(pattern: string, text: string): boolean {
  return isTextOf(textsOfPattern(pattern, 'anywhere'), text);
}

/** Texts of which a string must be: of patterns and formats, several where schemas were put together, and others than `not` lists. */
function textsSaid(schema: Keywords, where: string): Grammar[] {
  const own = eachOf(schema['pattern']);
  const texts = own.map((pattern) =>
    typeof pattern === 'string'
      ? textsOfPattern(pattern, 'anywhere')
      : refuse(where, '"pattern" is no text', pattern, 'a regular expression', 'invalid-schema'),
  );
  const formats = eachOf(schema['format']).map((format) =>
    patternOfFormat(format, where, own.length > 0),
  );
  const excluded = excludedBy(schema).filter((value) => typeof value === 'string');
  return [
    ...texts,
    ...(excluded.length > 0 ? [otherTexts(choice(...excluded.map(literal)))] : []),
    ...formats.flatMap((pattern) =>
      pattern === undefined ? [] : [textsOfPattern(pattern, 'whole')],
    ),
  ];
}

/** The texts that strings of a schema have; `undefined` where they may be any. */
export function textsOfStrings(schema: Keywords, where: string): Grammar | undefined {
  const { least, most } = bounds(schema, ['minLength', 'maxLength'], where);
  const patterns = textsSaid(schema, where);
  if (least > most) return choice();
  const length =
    least > 0 || most < Infinity ? [repeat(characters(everyCharacter), least, most)] : [];
  const all = [...patterns, ...length];
  return all.length === 0 ? undefined : all.reduce(bothTexts);
}

/** Strings of patterns, formats and a length. */
export function textOf(schema: Keywords, where: string): Grammar {
  const { least, most } = bounds(schema, ['minLength', 'maxLength'], where);
  if (least > most) return choice();
  return textsSaid(schema, where).length === 0
    ? stringOfLength(least, most)
    : stringOf(textsOfStrings(schema, where)!);
}

import { choice, literal, rule, sequence, type Grammar } from '../grammar.ts';
import { bracketed, separator } from '../json-text.ts';
import { bounds, pointerOf, refuse, type Keywords, type SchemaScope } from './keywords.ts';

/** Arrays: `prefixItems` first, then `items`. */
export function arrayOf(
  schema: Keywords,
  where: string,
  { ruleOf }: Pick<SchemaScope, 'ruleOf'>,
): Grammar {
  const { items = true, prefixItems = [] } = schema;
  const { least, most } = bounds(schema, ['minItems', 'maxItems'], where);
  if (Array.isArray(items))
    refuse(where, '"items" is a list', items, '"prefixItems" for a list of schemas');
  if (!Array.isArray(prefixItems))
    return refuse(where, '"prefixItems" is no list', prefixItems, 'schemas', 'invalid-schema');
  const itemOf = (place: number): Grammar =>
    place < prefixItems.length
      ? ruleOf(prefixItems[place], pointerOf(where, 'prefixItems', place))
      : ruleOf(items, pointerOf(where, 'items'));
  const last = items === false ? Math.min(most, prefixItems.length) : most;
  if (least > last)
    refuse(
      where,
      `"minItems" is ${least}, and there can be ${last}`,
      least,
      `at most ${last}`,
      'impossible-output',
    );
  if (prefixItems.length === 0)
    return last === 0 ? literal('[]') : bracketed('[', itemOf(0), ']', least, last);
  const restOf = (from: number): Grammar => {
    if (from >= last) return sequence();
    const fewest = Math.max(0, least - from);
    const item = sequence(separator(), itemOf(from));
    if (from >= prefixItems.length)
      return { kind: 'repeat', part: item, least: fewest, most: last - from };
    const more = sequence(item, restOf(from + 1));
    return fewest > 0 ? more : choice(sequence(), more);
  };
  if (last === 0) return literal('[]');
  const filled = sequence(
    literal('['),
    rule('gap'),
    itemOf(0),
    restOf(1),
    rule('gap'),
    literal(']'),
  );
  return least === 0 ? choice(literal('[]'), filled) : filled;
}

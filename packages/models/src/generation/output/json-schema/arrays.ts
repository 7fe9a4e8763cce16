import { choice, literal, rule, sequence, type Grammar } from '../grammar.ts';
import { bracketed, constant, separator } from '../json-text.ts';
import { inOrder } from './in-order.ts';
import { bounds, pointerOf, refuse, type Keywords, type SchemaScope } from './keywords.ts';
import { valuesOf } from './values.ts';

/** Arrays: `prefixItems` first, then `items`; items that must differ are listed values, in the order of their list. */
export function arrayOf(schema: Keywords, where: string, scope: SchemaScope): Grammar {
  const { ruleOf } = scope;
  const { items = true, prefixItems = [] } = schema;
  const { least, most } = bounds(schema, ['minItems', 'maxItems'], where);
  if (!Array.isArray(prefixItems))
    return refuse(where, '"prefixItems" is no list', prefixItems, 'schemas', 'invalid-schema');
  const itemOf = (place: number): Grammar =>
    place < prefixItems.length
      ? ruleOf(prefixItems[place], pointerOf(where, 'prefixItems', place))
      : ruleOf(items, pointerOf(where, 'items'));
  const last = items === false ? Math.min(most, prefixItems.length) : most;
  if (least > last)
    return scope.none(`${where}: there are ${least} items or more, and ${last} at most`);
  if (schema['uniqueItems'] === true && last > 1)
    return inOrder(
      { brackets: ['[', ']'], parts: differentItems(schema, where, scope), least, most: last },
      where,
      scope,
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

function differentItems(schema: Keywords, where: string, { optionsOf }: SchemaScope) {
  const { items = true, prefixItems = [] } = schema;
  const options =
    (prefixItems as unknown[]).length > 0
      ? []
      : optionsOf(items, pointerOf(where, 'items')).map((option) =>
          typeof option === 'boolean' ? undefined : valuesOf(option, where),
        );
  if (options.length === 0 || options.includes(undefined))
    refuse(
      where,
      '"uniqueItems" of items that no list names: what stood before cannot be kept in mind',
      items,
      '"uniqueItems" with "items" of "enum"',
    );
  const texts = new Set(options.flatMap((values) => values!.map((value) => JSON.stringify(value))));
  return Array.from(texts, (text) => ({ grammar: constant(JSON.parse(text)), isRequired: false }));
}

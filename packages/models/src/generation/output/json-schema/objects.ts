import { choice, literal, rule, sequence, type Grammar } from '../grammar.ts';
import { bracketed, constant, memberOf, separator } from '../json-text.ts';
import { isObject, pointerOf, refuse, type Keywords, type SchemaScope } from './keywords.ts';

/** Objects: properties in the order of the schema, and none that it does not name. */
export function objectOf(schema: Keywords, where: string, { rules, ruleOf }: SchemaScope): Grammar {
  const { properties = {}, required = [], additionalProperties: others = true } = schema;
  if (!isObject(properties))
    return refuse(
      where,
      '"properties" is no object',
      properties,
      'schemas by name',
      'invalid-schema',
    );
  if (!Array.isArray(required) || !required.every((name) => typeof name === 'string'))
    return refuse(where, '"required" is no list of names', required, 'names', 'invalid-schema');
  const unnamed = required.filter((name) => !Object.hasOwn(properties, name));
  if (others === false && unnamed.length > 0)
    refuse(
      where,
      `"${unnamed[0]}" is required, and "additionalProperties" forbids it`,
      unnamed[0],
      Object.keys(properties),
      'impossible-output',
    );
  const other = (): Grammar => ruleOf(others, pointerOf(where, 'additionalProperties'));
  const members = [
    ...Object.keys(properties).filter(
      (name) => properties[name] !== false || required.includes(name),
    ),
    ...unnamed,
  ].map((name) => ({
    isRequired: required.includes(name),
    grammar: memberOf(
      constant(name),
      Object.hasOwn(properties, name)
        ? ruleOf(properties[name], pointerOf(where, 'properties', name))
        : other(),
    ),
  }));
  if (members.length === 0)
    return others === false || Object.hasOwn(schema, 'properties')
      ? literal('{}')
      : bracketed('{', memberOf(rule('string'), other()), '}', 0, Infinity);
  /** What may follow when the members before `from` are done: all that are left, each with its comma. */
  const restOf = (from: number): Grammar => {
    const name = `${where} after ${from}`;
    const next = members[from];
    if (!next) return sequence();
    if (!rules.has(name)) {
      const after = restOf(from + 1);
      const written = sequence(separator(), next.grammar, after);
      rules.set(name, next.isRequired ? written : choice(written, after));
    }
    return rule(name);
  };
  const firstRequired = members.findIndex(({ isRequired }) => isRequired);
  const starts = firstRequired < 0 ? members : members.slice(0, firstRequired + 1);
  const filled = sequence(
    literal('{'),
    rule('gap'),
    choice(...starts.map(({ grammar }, i) => sequence(grammar, restOf(i + 1)))),
    rule('gap'),
    literal('}'),
  );
  return firstRequired < 0 ? choice(literal('{}'), filled) : filled;
}

import { nearest } from '@tunesmith/schema';
import { modelsError } from '../../../errors.ts';
import { choice, rule, sequence, type Grammar, type Rules } from '../grammar.ts';
import { constant, jsonRules } from '../json-text.ts';
import { arrayOf } from './arrays.ts';
import { isCombined, listOf, optionsOf } from './combine.ts';
import {
  isObject,
  noSchema,
  pointerOf,
  refuse,
  type Keywords,
  type SchemaScope,
} from './keywords.ts';
import { numberOf } from './numbers.ts';
import { objectOf } from './objects.ts';
import { textOf } from './strings.ts';
import { impliedTypes, keywordsOf, ofTypes, typesOf, type TypeName } from './types.ts';

/** A JSON Schema. */
export type JsonSchema = boolean | { readonly [keyword: string]: unknown };

/** What says nothing of values. */
const annotations = new Set(
  '$schema $id $comment $defs definitions title description default examples deprecated readOnly writeOnly'.split(
    ' ',
  ),
);

const deciding = ['type', 'enum', 'const', 'anyOf', 'oneOf', 'allOf', '$ref'];

/** Most rules that a schema may stand for. */
const mostRules = 20_000;

const supported = [...deciding, ...Object.values(keywordsOf).flat()];

/**
 * The rules of JSON that a schema holds of. Every text that follows them is valid under JSON Schema 2020-12 (and draft 7); not every
 * valid one follows them: properties come in the order of the schema and none that it does not name, a number has at most 15 digits
 * before and after its point, and values of `enum` and `const` are written as `JSON.stringify` writes them.
 *
 * @throws `unsupported-schema` naming the keyword and where it stands; `invalid-schema`; `impossible-output`
 */
export function schemaRules(root: JsonSchema): Rules {
  const rules = new Map(jsonRules);

  /** The rule of the schema that stands at a pointer. */
  const ruleOf = (schema: unknown, where: string): Grammar => {
    if (!rules.has(where)) {
      if (rules.size > mostRules)
        refuse(where, `more than ${mostRules} schemas`, rules.size, 'fewer', 'output-too-large');
      rules.set(where, sequence());
      rules.set(where, grammarOf(schema, where));
    }
    return rule(where);
  };

  const scope: SchemaScope = { rules, ruleOf };

  /** The schema that a `$ref` points to. */
  const refer = (reference: unknown, where: string): unknown => {
    if (typeof reference !== 'string' || !/^#(?:\/|$)/.test(reference))
      return refuse(
        where,
        `"$ref" is ${JSON.stringify(reference)}`,
        reference,
        'a pointer into the schema itself, such as "#/$defs/name"',
      );
    let found: unknown = root;
    for (const part of reference.split('/').slice(1)) {
      const key = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~');
      const within = typeof found === 'object' && found !== null && Object.hasOwn(found, key);
      if (!within)
        refuse(
          where,
          `"$ref" is ${JSON.stringify(reference)}, which is not there`,
          reference,
          'a pointer to a schema',
          'invalid-schema',
        );
      found = (found as Keywords)[key];
    }
    return found;
  };

  const typed = (type: TypeName, schema: Keywords, where: string): Grammar => {
    if (type === 'object') return objectOf(schema, where, scope);
    if (type === 'array') return arrayOf(schema, where, scope);
    if (type === 'string') return textOf(schema, where);
    if (type === 'number' || type === 'integer') return numberOf(schema, where, type === 'integer');
    return rule(type);
  };

  const grammarOf = (schema: unknown, where: string): Grammar => {
    if (schema === true) return rule('value');
    if (schema === false) return choice();
    if (!isObject(schema)) return noSchema(where, schema);
    const keywords = Object.keys(schema).filter((keyword) => !annotations.has(keyword));
    const unknown = keywords.find((keyword) => !supported.includes(keyword));
    if (unknown !== undefined)
      throw modelsError({
        code: 'unsupported-schema',
        message: `${where}: "${unknown}" is not supported`,
        value: unknown,
        accepted: supported,
        nearest: nearest(unknown, supported),
      });
    if (isCombined(keywords))
      return choice(
        ...optionsOf(schema, where, refer).map((option, i) =>
          ruleOf(option, `${where} (option ${i})`),
        ),
      );
    const decides = keywords.find((keyword) =>
      ['enum', 'const', 'anyOf', '$ref'].includes(keyword),
    );
    const types = typesOf(schema, where);
    if (decides === undefined)
      return choice(...(types ?? impliedTypes(keywords)).map((type) => typed(type, schema, where)));
    const beside = keywords.find(
      (keyword) =>
        keyword !== decides && !(keyword === 'type' && (decides === 'enum' || decides === 'const')),
    );
    if (beside !== undefined)
      refuse(where, `"${beside}" beside "${decides}"`, beside, `"${decides}" alone`);
    if (decides === '$ref')
      return ruleOf(refer(schema['$ref'], where), decodeURIComponent(schema['$ref'] as string));
    if (decides === 'const') return choice(...ofTypes([schema['const']], types).map(constant));
    const options = listOf(schema[decides], decides, where);
    return decides === 'enum'
      ? choice(...ofTypes(options, types).map(constant))
      : choice(...options.map((option, i) => ruleOf(option, pointerOf(where, 'anyOf', i))));
  };

  return { start: (ruleOf(root, '#') as { name: string }).name, rules };
}

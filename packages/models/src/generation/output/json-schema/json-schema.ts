import { nearest } from '@tunesmith/schema';
import { modelsError } from '../../../errors.ts';
import { choice, rule, sequence, type Grammar, type Rules } from '../grammar.ts';
import { constant, jsonRules } from '../json-text.ts';
import { arrayOf } from './arrays.ts';
import { isCombined, listOf, optionsOf } from './combine.ts';
import {
  excludedBy,
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
import { spelled } from './spellings.ts';
import { impliedTypes, keywordsOf, ofTypes, typesOf, type TypeName } from './types.ts';
import { valuesOf } from './values.ts';

/** A JSON Schema. */
export type JsonSchema = boolean | { readonly [keyword: string]: unknown };

/** What says nothing of values: annotations of all drafts, of OpenAPI and of what writes schemas. */
const annotations = new Set(
  '$schema $id id $anchor $comment $vocabulary $defs definitions title description default examples example deprecated readOnly writeOnly contentEncoding contentMediaType contentSchema errorMessage externalDocs xml'.split(
    ' ',
  ),
);

const deciding = 'type enum const anyOf oneOf allOf not if then else $ref'.split(' ');

/** Keywords that no text can be kept to as it is written. */
const refused =
  'contains minContains maxContains unevaluatedItems unevaluatedProperties $dynamicRef $recursiveRef $recursiveAnchor $dynamicAnchor extends disallow divisibleBy'.split(
    ' ',
  );

/** Most rules that a schema may stand for. */
const mostRules = 20_000;

const supported = [...deciding, ...Object.values(keywordsOf).flat()];

/** Refuses a keyword that cannot be followed, or that may be one misspelled; any other says nothing, as the standard has it. */
function checkKeyword(keyword: string, where: string): void {
  if (supported.includes(keyword) || /^(?:x-|_)/.test(keyword)) return;
  const meant = nearest(keyword, [...supported, ...refused]);
  if (meant === undefined) return;
  const isKnown = refused.includes(keyword);
  throw modelsError({
    code: 'unsupported-schema',
    message: `${where}: "${keyword}" is not supported`,
    value: keyword,
    accepted: supported,
    ...(isKnown ? {} : { nearest: meant }),
  });
}

/**
 * The rules of JSON that a schema holds of. Every text that follows them is valid under JSON Schema 2020-12; not every valid one follows
 * them: properties come in an order and with names as `objectOf` says, a number has at most 15 digits before and after its point, values
 * of `enum` and `const` are written as `JSON.stringify` writes them, a schema without types is of those that its keywords speak of, and
 * what `not`, `if` and overlapping options of `oneOf` leave is what `negated` finds.
 *
 * @throws `unsupported-schema` naming the keyword and where it stands; `invalid-schema`; `unsupported-pattern`; `output-too-large`
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

  /** The schema that a `$ref` points to: by a pointer, an anchor or an identifier. */
  const refer = (reference: unknown, where: string): unknown => {
    const named = typeof reference === 'string' ? names().get(reference) : undefined;
    if (named) return named;
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
  let named: Map<string, Keywords> | undefined;
  /** Schemas by their `$id` and `$anchor`. */
  const names = (): Map<string, Keywords> => {
    if (named) return named;
    named = new Map();
    const open: unknown[] = [root];
    for (const one of open) {
      if (typeof one !== 'object' || one === null) continue;
      open.push(...Object.values(one));
      const { $id, $anchor } = one as Keywords;
      if (typeof $id === 'string') named.set($id, one as Keywords);
      if (typeof $anchor === 'string') named.set(`#${$anchor}`, one as Keywords);
    }
    return named;
  };

  const impossible: string[] = [];
  const scope: SchemaScope = {
    rules,
    ruleOf,
    optionsOf: (schema, where) => optionsOf(schema, where, refer),
    none: (reason) => {
      impossible.push(reason);
      return choice();
    },
  };

  const typed = (type: TypeName, schema: Keywords, where: string): Grammar => {
    const nested = excludedBy(schema).filter(
      (value) => typeof value === 'object' && value !== null,
    );
    if ((type === 'object' || type === 'array') && ofTypes(nested, [type]).length > 0)
      refuse(where, `"not" of an ${type}`, nested, 'texts, numbers, true, false and null');
    if (type === 'object') return objectOf(schema, where, scope);
    if (type === 'array') return arrayOf(schema, where, scope);
    if (type === 'string') return textOf(schema, where);
    if (type === 'number' || type === 'integer')
      return numberOf(schema, where, type === 'integer', scope.none);
    const excluded = excludedBy(schema);
    const values = type === 'null' ? [null] : [true, false];
    return excluded.length === 0
      ? rule(type)
      : choice(...values.filter((value) => !excluded.includes(value)).map(constant));
  };

  const grammarOf = (given: unknown, where: string): Grammar => {
    if (!isObject(given) && typeof given !== 'boolean') return noSchema(where, given);
    const schema = typeof given === 'boolean' ? given : spelled(given);
    if (schema === true) return rule('value');
    if (schema === false) return choice();
    const keywords = Object.keys(schema).filter((keyword) => !annotations.has(keyword));
    for (const keyword of keywords) checkKeyword(keyword, where);
    const saying = keywords.filter((keyword) => supported.includes(keyword));
    if (isCombined(saying, schema))
      return choice(
        ...optionsOf(schema, where, refer).map((option, i) =>
          ruleOf(option, `${where} (option ${i})`),
        ),
      );
    if (Object.hasOwn(schema, '$ref')) {
      const name = decodeURIComponent(schema['$ref'] as string);
      return ruleOf(refer(schema['$ref'], where), name.startsWith('#') ? name : `#${name}`);
    }
    if (Object.hasOwn(schema, 'anyOf'))
      return choice(
        ...listOf(schema['anyOf'], 'anyOf', where).map((option, i) =>
          ruleOf(option, pointerOf(where, 'anyOf', i)),
        ),
      );
    const values = valuesOf(schema, where);
    if (values) return choice(...values.map(constant));
    const types = typesOf(schema, where) ?? impliedTypes(saying);
    return choice(...types.map((type) => typed(type, schema, where)));
  };

  const { name: start } = ruleOf(root, '#') as { name: string };
  return { start, rules, impossible };
}

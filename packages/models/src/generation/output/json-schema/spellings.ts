import { isObject, type Keywords } from './keywords.ts';

/**
 * A schema as 2020-12 spells it: lists of `items`, `additionalItems` and `dependencies` (draft 7), bounds that are `true` (draft 4),
 * `nullable` and `discriminator` (OpenAPI); `not` of a schema that holds of everything or of nothing; and without what says nothing.
 */
export function spelled(schema: Keywords): Keywords | boolean {
  const changed: Record<string, unknown> = { ...schema };
  const take = (keyword: string): unknown => {
    const value = changed[keyword];
    delete changed[keyword];
    return value;
  };
  if (Array.isArray(changed['items'])) {
    changed['prefixItems'] = take('items');
    if (Object.hasOwn(changed, 'additionalItems')) changed['items'] = changed['additionalItems'];
  }
  delete changed['additionalItems'];

  for (const [bound, excluded] of [
    ['minimum', 'exclusiveMinimum'],
    ['maximum', 'exclusiveMaximum'],
  ] as const) {
    if (typeof changed[excluded] !== 'boolean') continue;
    if (take(excluded) === true && Object.hasOwn(changed, bound)) changed[excluded] = take(bound);
  }

  if (isObject(changed['dependencies'])) {
    const entries = Object.entries(take('dependencies') as Keywords);
    const those = (areNames: boolean): Keywords =>
      Object.fromEntries(entries.filter(([, needs]) => Array.isArray(needs) === areNames));
    changed['dependentRequired'] = those(true);
    changed['dependentSchemas'] = those(false);
  }

  if (isObject(changed['discriminator'])) {
    const { propertyName } = take('discriminator') as Keywords;
    const chooses = Object.hasOwn(changed, 'oneOf') || Object.hasOwn(changed, 'anyOf');
    const required = changed['required'] ?? [];
    if (chooses && typeof propertyName === 'string' && Array.isArray(required))
      changed['required'] = [...new Set([...(required as unknown[]), propertyName])];
  }

  if (changed['uniqueItems'] === false) delete changed['uniqueItems'];
  const { not } = changed;
  if (not === true || (isObject(not) && Object.keys(not).length === 0)) return false;
  if (not === false) delete changed['not'];
  if (isObject(not) && Object.hasOwn(not, 'const') && Object.keys(not).length === 1)
    changed['not'] = { enum: [not['const']] };
  if (!Object.hasOwn(changed, 'if')) for (const branch of ['then', 'else']) delete changed[branch];

  if (take('nullable') !== true) return changed;
  return Object.hasOwn(changed, 'type')
    ? { ...changed, type: [...new Set([changed['type'], 'null'].flat())] }
    : { anyOf: [changed, { type: 'null' }] };
}

/** One setting of a schema, as a line of a table. */
export interface Setting {
  /** The path in a recipe: `training.optimizer.learning_rate`; `data[].path` inside a list. */
  name: string;
  type: string;
  /** The default as JSON; empty where there is none. */
  default: string;
  description: string;
}

interface Schema {
  type?: string;
  const?: unknown;
  enum?: readonly unknown[];
  default?: unknown;
  description?: string;
  anyOf?: readonly Schema[];
  items?: Schema;
  properties?: Readonly<Record<string, Schema>>;
  minimum?: number;
  exclusiveMinimum?: number;
  maximum?: number;
  exclusiveMaximum?: number;
}

/**
 * The settings of a JSON Schema, depth first, so that pages show what the program accepts and nothing else.
 * @param prefix path in front of each name
 */
export function settingsOf(schema: Schema, prefix = ''): Setting[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, property]) => {
    const name = `${prefix}${key}`;
    const inner = property.items ?? property;
    const parts = inner.properties ? [inner] : (inner.anyOf ?? []).filter((one) => one.properties);
    const nested = parts
      .flatMap((part) => settingsOf(part, `${name}${property.items ? '[]' : ''}.`))
      .filter((setting, index, all) => all.findIndex((one) => one.name === setting.name) === index);
    const own: Setting = {
      name,
      type: typeOf(property),
      default: defaultOf(property),
      description: property.description ?? inner.description ?? '',
    };
    return [own, ...nested];
  });
}

function defaultOf({ default: value }: Schema): string {
  const isEmptyObject =
    typeof value === 'object' && value !== null && Object.keys(value).length === 0;
  return value === undefined || (isEmptyObject && !Array.isArray(value))
    ? ''
    : JSON.stringify(value);
}

function typeOf(schema: Schema): string {
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' or ');
  if (schema.anyOf) return [...new Set(schema.anyOf.map(typeOf))].join(' or ');
  if (schema.items) return `list of ${typeOf(schema.items)}`;
  return [schema.type ?? 'any', rangeOf(schema)].filter(Boolean).join(' ');
}

function rangeOf({ minimum, exclusiveMinimum, maximum, exclusiveMaximum }: Schema): string {
  return [
    minimum === undefined ? '' : `≥ ${minimum}`,
    exclusiveMinimum === undefined ? '' : `> ${exclusiveMinimum}`,
    maximum === undefined ? '' : `≤ ${maximum}`,
    exclusiveMaximum === undefined ? '' : `< ${exclusiveMaximum}`,
  ]
    .filter(Boolean)
    .join(', ');
}

import { TunesmithError } from '../errors/tunesmith-error.ts';
import { describeSchema, showValue } from '../validation/describe.ts';
import type { JSONSchema } from '../validation/json-schema.ts';
import { findProblems, fits } from '../validation/validate.ts';
import type { PluginContracts, PluginKind } from './contract.ts';
import { wordsOf, type PluginKindDefinition, type PluginMembers } from './kind.ts';
import { pluginNamePattern, referenceSchema } from './manifest.ts';

/** What every plugin has, whatever its kind. */
const shared: Readonly<Record<string, JSONSchema>> = {
  name: { type: 'string', pattern: pluginNamePattern },
  description: { type: 'string', minLength: 1 },
};

const ifPresent: Readonly<Record<string, JSONSchema>> = {
  reference: referenceSchema,
  options: {
    type: 'object',
    required: ['type', 'properties'],
    properties: { type: { const: 'object' }, properties: { type: 'object' } },
  },
};

/**
 * A value of unknown origin as a plugin of its kind: the value itself where it follows the current contract, its members brought
 * up to date where it follows an older one.
 *
 * @param from where it came from, for messages: ` of the plugin "./own.js"`
 * @throws TunesmithError `invalid-plugin` for a version that this copy does not know or can no longer read, saying what to
 * change, and for a member that is missing or of a wrong shape, by name
 */
export function acceptPlugin<Kind extends PluginKind>(
  definition: PluginKindDefinition<Kind>,
  value: unknown,
  from = '',
): PluginContracts[Kind] {
  const members = membersOf(value);
  const who = `the ${wordsOf(definition)} ${showValue(members['name'])}${from}`;
  const current = upToDate(definition, members, who);
  for (const [member, schema] of Object.entries({ ...shared, ...definition.properties }))
    requireFit(definition, `${who}: ${member}`, schema, current[member]);
  for (const [member, schema] of Object.entries(ifPresent))
    if (current[member] !== undefined)
      requireFit(definition, `${who}: ${member}`, schema, current[member]);
  const { functions, optionalFunctions = [] } = definition;
  for (const member of [...functions, ...optionalFunctions]) {
    if (typeof current[member] === 'function') continue;
    if (current[member] === undefined && optionalFunctions.includes(member)) continue;
    throw refusal(
      definition,
      `${who}: ${member} is ${showValue(current[member])}`,
      current[member],
      'a function',
    );
  }
  return (current === members ? value : current) as PluginContracts[Kind];
}

/** The members of a value, its own and those of its class; functions stay bound to it, so that it keeps its private state. */
export function membersOf(value: unknown): PluginMembers {
  const members: Record<string, unknown> = {};
  const owner: unknown = Object(value);
  for (
    let level = owner;
    level && level !== Object.prototype;
    level = Object.getPrototypeOf(level)
  ) {
    for (const key of Object.getOwnPropertyNames(level)) {
      if (key === 'constructor' || Object.hasOwn(members, key)) continue;
      const member: unknown = Reflect.get(owner as object, key);
      members[key] = typeof member === 'function' ? (member.bind(owner) as unknown) : member;
    }
  }
  return members;
}

function upToDate(
  definition: PluginKindDefinition,
  members: PluginMembers,
  who: string,
): PluginMembers {
  const { specVersion: newest, upgrades = {} } = definition;
  const given = members['specVersion'];
  const readable = Object.keys(upgrades).map(Number);
  const known = [...readable, newest];
  if (typeof given !== 'number' || !known.includes(given)) {
    const later = typeof given === 'number' && given > newest;
    throw refusal(
      definition,
      `${who}: specVersion is ${showValue(given)}`,
      given,
      later ? `${newest}; a newer Tunesmith may know ${given}` : `${newest}`,
    );
  }
  let current = members;
  for (let version = given; version < newest; version += 1) {
    const upgrade = upgrades[version]!;
    if (typeof upgrade === 'string')
      throw refusal(definition, `${who}: specVersion is ${given}`, given, `${newest}: ${upgrade}`);
    current = { ...upgrade(current), specVersion: version + 1 };
  }
  return current;
}

function requireFit(
  definition: PluginKindDefinition,
  what: string,
  schema: JSONSchema,
  value: unknown,
): void {
  if (value === undefined)
    throw refusal(definition, `${what} is missing`, value, describeSchema(schema));
  // A schema is compiled once for all plugins; the one around it only where a message needs a path to begin with.
  if (fits(schema, value)) return;
  const [problem] = findProblems({ type: 'object', properties: { it: schema } }, { it: value });
  if (!problem) return;
  const message = `${what}${problem.message.slice('it'.length)}`;
  throw refusal(definition, message, problem.value, problem.accepted ?? describeSchema(schema));
}

function refusal(
  definition: PluginKindDefinition,
  message: string,
  value: unknown,
  accepted: string | readonly string[],
): TunesmithError {
  return new TunesmithError({
    package: definition.package,
    code: 'invalid-plugin',
    message,
    value,
    accepted,
  });
}

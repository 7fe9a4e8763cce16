import type { JSONSchema } from '../validation/json-schema.ts';

/** What a plugin's name looks like. */
export const pluginNamePattern = '^[a-z0-9][a-z0-9._-]*$';

/** JSON Schema of a {@link Reference}. */
export const referenceSchema: JSONSchema = {
  type: 'object',
  description: 'The paper, book or page that it follows.',
  required: ['title', 'authors', 'year', 'url'],
  properties: {
    title: { type: 'string', minLength: 1, description: 'Its title.' },
    authors: { type: 'string', minLength: 1, description: 'Who wrote it.' },
    year: { type: 'integer', description: 'When.' },
    url: { type: 'string', pattern: '^https://', description: 'Where it can be read.' },
  },
};

/** JSON Schema of what every plugin says about itself. */
export const pluginManifestSchema: JSONSchema = {
  $id: 'https://tunesmith.dev/schema/2/plugin.schema.json',
  title: 'Tunesmith plugin manifest',
  type: 'object',
  required: ['specVersion', 'kind', 'name', 'description'],
  properties: {
    specVersion: {
      type: 'integer',
      minimum: 1,
      description: "The version of its kind's contract that it follows.",
    },
    kind: {
      type: 'string',
      minLength: 1,
      description: 'What it plugs in: method, metric, device, …',
    },
    name: { type: 'string', pattern: pluginNamePattern, description: 'Unique within its kind.' },
    description: { type: 'string', minLength: 1, description: 'One sentence, for lists.' },
    reference: referenceSchema,
    options: {
      type: 'object',
      description: 'JSON Schema of the options that a recipe may give it.',
    },
  },
  additionalProperties: true,
};

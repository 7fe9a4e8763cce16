import { conversationSchema } from './records/conversation.ts';
import { instanceSchema } from './records/instance.ts';
import { tokenizedSchema } from './records/tokenized.ts';
import { pluginManifestSchema } from './plugins/manifest.ts';
import { recipeSchema } from './recipe/recipe.ts';
import { runEventSchema } from './run/run-event.ts';
import type { JSONSchema } from './validation/json-schema.ts';

const draft = 'https://json-schema.org/draft/2020-12/schema';

/** The schemas that are published as files, by file name: for editors, and for programs in other languages. */
export const schemaFiles: Readonly<Record<string, JSONSchema>> = Object.fromEntries(
  Object.entries({
    'conversation.schema.json': conversationSchema,
    'instance.schema.json': instanceSchema,
    'plugin.schema.json': pluginManifestSchema,
    'recipe.schema.json': recipeSchema,
    'run-event.schema.json': runEventSchema,
    'tokenized.schema.json': tokenizedSchema,
  }).map(([name, schema]) => [name, { $schema: draft, ...schema }]),
);

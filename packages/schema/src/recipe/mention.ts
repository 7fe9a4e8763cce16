import type { TSchema, TUnsafe } from 'typebox';
import * as Type from 'typebox/type';
import type { Mention } from '../plugins/mention.ts';

/** What is said of a place in a recipe where a plugin is mentioned. */
interface Place {
  readonly description: string;
  /** The plugin that is meant where only options are given. */
  readonly name?: string;
  /** What the name may be, in words. */
  readonly names?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  /** Options that every plugin of the kind has, for editors and suggestions; each plugin has their defaults. */
  readonly common?: Readonly<Record<string, TSchema>>;
}

/** JSON Schema of a mention: a name, or a name with the options of that plugin, which are the plugin's own affair. */
export function mentionSchema(place: Place): TUnsafe<Mention> & { description: string } {
  const { description, name, names = 'The name of the plugin.', common = {}, ...rest } = place;
  const text = { minLength: 1, description: names };
  return Type.Unsafe<Mention>(
    Type.Union(
      [
        Type.String(text),
        Type.Object(
          {
            name: Type.String({ ...text, ...(name === undefined ? {} : { default: name }) }),
            ...Object.fromEntries(
              Object.entries(common).map(([key, schema]) => [key, Type.Optional(schema)]),
            ),
          },
          { additionalProperties: true, description: 'The name, and the options of that plugin.' },
        ),
      ],
      { description, ...rest },
    ),
  ) as TUnsafe<Mention> & { description: string };
}

import type { DatasetAdapter, JSONSchema } from '@tunesmith/schema';

/** What turns call their parts and their speakers, as LLaMA-Factory's `tags` say. */
export interface TurnTags {
  readonly role_tag?: string;
  readonly content_tag?: string;
  readonly user_tag?: string;
  readonly assistant_tag?: string;
  readonly observation_tag?: string;
  readonly function_tag?: string;
  readonly system_tag?: string;
}

/** Keys of rows of turns that hold a turn, or several. */
const turnKeys = ['conversations', 'chosen', 'rejected'];

/**
 * An adapter of ShareGPT's turns for turns that call their parts and speakers otherwise: `{ role, content }` for
 * `{ from, value }`, `user` for `human`. Speakers of other names are refused. It reads only.
 *
 * @see LLaMA-Factory, data/README.md, "tags"
 */
export function withTags(adapter: DatasetAdapter, tags: TurnTags): DatasetAdapter {
  const { role_tag: role = 'from', content_tag: content = 'value' } = tags;
  const speakers = new Map([
    [tags.user_tag ?? 'human', 'human'],
    [tags.assistant_tag ?? 'gpt', 'gpt'],
    [tags.observation_tag ?? 'observation', 'observation'],
    [tags.function_tag ?? 'function_call', 'function_call'],
    [tags.system_tag ?? 'system', 'system'],
  ]);
  const turn: JSONSchema = {
    type: 'object',
    required: [role, content],
    properties: {
      [role]: { enum: [...speakers.keys()], description: 'Who speaks.' },
      [content]: { type: 'string', description: 'What is said.' },
    },
  };
  const renamed = (said: unknown): unknown => {
    const { [role]: speaker, [content]: text, ...more } = said as Record<string, unknown>;
    return { ...more, from: speakers.get(speaker as string), value: text };
  };
  const properties = Object.entries(adapter.row.properties ?? {}).map(([key, schema]) => {
    if (!turnKeys.includes(key)) return [key, schema] as const;
    const { description } = schema;
    return key === 'conversations'
      ? ([key, { type: 'array', items: turn, description }] as const)
      : ([key, { ...turn, description }] as const);
  });
  const { write: _, join: __, ...reader } = adapter;
  return {
    ...reader,
    row: { ...adapter.row, properties: Object.fromEntries(properties) },
    convert(row, context, options) {
      const inner = Object.entries(row).map(([key, value]) =>
        turnKeys.includes(key)
          ? [key, Array.isArray(value) ? value.map(renamed) : renamed(value)]
          : [key, value],
      );
      return adapter.convert(Object.fromEntries(inner) as typeof row, context, options);
    },
  };
}

import type { Static } from 'typebox';
import * as Type from 'typebox/type';

const word = Type.String({ minLength: 1 });
const words = (description: string) =>
  Type.Record(
    Type.String({ minLength: 1 }),
    Type.Union([word, Type.Array(word, { minItems: 1 })]),
    { description },
  );

/**
 * JSON Schema of a task as cloze questions: patterns, which put a row's texts and a gap into one text, and verbalizers, which say by
 * which word the gap is filled for each label.
 *
 * ```json
 * {
 *   "name": "reviews",
 *   "fields": ["review"],
 *   "words": { "positive": ["great", "wonderful"], "negative": "terrible" },
 *   "patterns": [{ "name": "in-short", "text": "{review} In short, it was {mask}." }]
 * }
 * ```
 *
 * @see Schick and Schütze 2021, Exploiting Cloze Questions for Few Shot Text Classification and Natural Language Inference, §3.1
 */
export const clozeTaskSchema = Type.Object(
  {
    $schema: Type.Optional(
      Type.String({ description: 'The address of this schema, for editors.' }),
    ),
    name: Type.String({ minLength: 1, description: 'What the task is called.' }),
    description: Type.Optional(Type.String({ description: 'What is asked, for people.' })),
    fields: Type.Array(Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_-]*$' }), {
      minItems: 1,
      uniqueItems: true,
      description:
        "The texts of a row. Each is the row's key of that name; where there is none, the first is its instruction and the second its input.",
    }),
    words: words(
      'The verbalizer: for each label what stands in the gap, a word or several. {field} stands for a field of the row.',
    ),
    patterns: Type.Array(
      Type.Object(
        {
          name: Type.String({ minLength: 1, description: 'Unique within the task.' }),
          text: Type.String({
            minLength: 1,
            description:
              'The cloze question: {mask} once for the gap, {field} for a field, {{ and }} for braces.',
          }),
          words: Type.Optional(
            words('A verbalizer of the pattern’s own, for the same labels, instead of the task’s.'),
          ),
        },
        { additionalProperties: false },
      ),
      { minItems: 1, description: 'The ways to ask.' },
    ),
  },
  {
    $id: 'https://tunesmith.dev/schema/1/cloze-task.schema.json',
    title: 'Cloze task',
    description: 'A task as cloze questions: patterns and verbalizers.',
    additionalProperties: false,
  },
);

/** A task as cloze questions: see {@link clozeTaskSchema}. */
export type ClozeTask = Static<typeof clozeTaskSchema>;

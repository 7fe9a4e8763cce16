import type { DatasetAdapter } from '@tunesmith/schema';
import { texts } from './fields.ts';
import { unusable } from './unusable-row.ts';

/** What a model answered to a question of MT-bench: its choices, each with an answer to every turn. */
export interface ModelAnswer {
  readonly answer_id?: string;
  readonly model_id?: string;
  readonly choices: readonly { readonly index?: number; readonly turns: readonly string[] }[];
  readonly [key: string]: unknown;
}

/** The choices of a model, as the files of its answers have them. */
export const choicesSchema = {
  type: 'array',
  minItems: 1,
  items: {
    type: 'object',
    required: ['turns'],
    properties: {
      index: { type: 'integer', description: 'Which choice.' },
      turns: texts('The answer to each turn.'),
    },
  },
  description: 'What the model answered, once or several times.',
} as const;

/** A question and the answers of models to it, each as a row of its own; null is absence, as in rows of a table. */
export const questionAndAnswers: NonNullable<DatasetAdapter['pieces']> = {
  by: 'question_id',
  row: {
    type: 'object',
    required: ['question_id'],
    properties: {
      question_id: { type: ['integer', 'string'], description: 'The question.' },
      turns: { ...texts('What is asked, turn by turn.'), minItems: 1 },
      choices: choicesSchema,
    },
  },
  join(rows) {
    const questions = rows.filter(({ choices }) => choices === undefined);
    const answers = rows.filter(({ choices }) => choices !== undefined);
    const [question] = questions;
    if (question === undefined || questions.length > 1)
      throw unusable(
        question === undefined
          ? 'an answer stands without its question'
          : `the question stands ${questions.length} times`,
        {
          value: rows[0]!['question_id'],
          accepted:
            'the row of a question and, behind it, the rows of its answers, as tunesmith data query "select * from rows order by question_id" writes them',
        },
      );
    if (answers.length === 0) return question;
    const said = answers.map((row) => {
      const { question_id: _, ...answer } = row;
      return answer;
    });
    return { ...question, answers: said };
  },
};

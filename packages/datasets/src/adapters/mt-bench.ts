import type { Conversation, DatasetAdapter, Message, Meta } from '@tunesmith/schema';
import { extraMeta, metaColumn } from './parts/extra-meta.ts';
import { idField, idOf, numberOf, text, texts } from './parts/fields.ts';
import {
  choicesSchema,
  questionAndAnswers,
  type ModelAnswer,
} from './parts/question-and-answers.ts';
import { alikeBut, numberedId } from './parts/several.ts';
import { unusable } from './parts/unusable-row.ts';
import { alternatingTexts } from './parts/written.ts';

/**
 * Questions of MT-bench, `{ question_id, category, turns, reference? }`, a conversation each: the turns of the user, answered by the
 * references where there are some, else by nothing, which is noted.
 *
 * Rows of answers, `{ question_id, model_id, choices: [{ turns }] }`, stand behind the row of their question: then there is a
 * conversation for each choice of each model, and the reference is kept in `meta`. Answers without their question are no use.
 *
 * @see Zheng et al. 2023, Judging LLM-as-a-Judge with MT-Bench and Chatbot Arena; FastChat, fastchat/llm_judge
 */
export const mtBench: DatasetAdapter = {
  specVersion: 2,
  name: 'mt-bench',
  description:
    'Questions { question_id, turns, reference? } of MT-bench, and behind them the rows of answers { question_id, choices }.',
  pieces: questionAndAnswers,
  marks: ['turns', 'choices'],
  row: {
    type: 'object',
    required: ['question_id', 'turns'],
    properties: {
      id: idField,
      question_id: { type: ['integer', 'string'], description: 'Names the question.' },
      category: text('What it is about: writing, math, …'),
      turns: { ...texts('What is asked, turn by turn.'), minItems: 1 },
      reference: texts('A right answer to each turn, where there is one.'),
      answers: {
        type: 'array',
        items: { type: 'object', required: ['choices'], properties: { choices: choicesSchema } },
        description: 'What models answered.',
      },
    },
  },
  convert(row) {
    const {
      id,
      question_id: question,
      category,
      turns,
      reference = [],
      answers = [],
      ...rest
    } = row as unknown as QuestionRow;
    const given = answers.flatMap(({ answer_id, model_id, choices, ...more }) =>
      choices.map(({ index = 0, turns: said }) => ({
        said,
        of: {
          answer_id,
          model: model_id,
          ...(index === 0 ? {} : { choice: index }),
          ...(Object.keys(more).length === 0 ? {} : { answer: more }),
        },
      })),
    );
    const ways = given.length > 0 ? given : [{ said: reference, of: {} }];
    return ways.map(({ said, of }, index): Conversation => ({
      id: numberedId(idOf(id, `${question}`), index, ways.length),
      messages: exchanges(turns, said),
      ...extraMeta(rest, {
        category,
        ...(ways.length > 1 || id !== undefined ? { question_id: question } : {}),
        ...(given.length > 0 && reference.length > 0 ? { reference } : {}),
        ...of,
      }),
    }));
  },
  write(record, context) {
    const { turns, meta = {} } = alternatingTexts(record, 'mt-bench', context);
    const { question_id: question, category, reference, ...more } = meta;
    const { model, answer_id, choice = 0, answer = {} } = more;
    const said = turns.filter((_, index) => index % 2 === 1);
    const isModel = model !== undefined || answer_id !== undefined;
    const right = isModel ? reference : said.some((turn) => turn !== '') ? said : undefined;
    const isOther = question !== undefined && record.id.replace(/\/\d+$/, '') !== `${question}`;
    return {
      ...(isOther ? { id: record.id } : {}),
      question_id: question ?? numberOf(record.id),
      ...(category === undefined ? {} : { category }),
      turns: turns.filter((_, index) => index % 2 === 0),
      ...(right === undefined ? {} : { reference: right }),
      ...(isModel
        ? {
            answers: [
              {
                ...(answer_id === undefined ? {} : { answer_id }),
                ...(model === undefined ? {} : { model_id: model }),
                choices: [{ index: choice, turns: said }],
                ...(answer as Meta),
              },
            ],
          }
        : {}),
      ...metaColumn(meta, ownMeta),
    };
  },
  join(earlier, later) {
    if (!earlier['answers'] || !later['answers']) return undefined;
    if (!alikeBut(earlier, later, ['answers'])) return undefined;
    const answers = [...(earlier['answers'] as ModelAnswer[])];
    for (const answer of later['answers'] as ModelAnswer[]) {
      const last = answers.at(-1)!;
      if (alikeBut(last, answer, ['choices']))
        answers[answers.length - 1] = { ...last, choices: [...last.choices, ...answer.choices] };
      else answers.push(answer);
    }
    return { ...earlier, answers };
  },
};

const ownMeta = ['question_id', 'category', 'reference', 'model', 'answer_id', 'choice', 'answer'];

/** @throws TunesmithError `unusable-row` for more answers than questions */
function exchanges(asked: readonly string[], said: readonly string[]): Message[] {
  if (said.length > asked.length)
    throw unusable(`there are ${said.length} answers to ${asked.length} turns`, {
      value: said.length,
      accepted: 'at most an answer to each turn',
    });
  return asked.flatMap((turn, index): Message[] => [
    { role: 'user', content: turn },
    { role: 'assistant', content: said[index] ?? '' },
  ]);
}

interface QuestionRow {
  id?: string | number;
  question_id: number | string;
  category?: string;
  turns: string[];
  reference?: string[];
  answers?: ModelAnswer[];
  [key: string]: unknown;
}

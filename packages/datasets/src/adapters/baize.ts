import type { DatasetAdapter } from '@tunesmith/schema';
import { extraMeta, metaColumn } from './parts/extra-meta.ts';
import { filledText, idField, idOf, text } from './parts/fields.ts';
import { turnsInTurn } from './parts/in-turn.ts';
import { unusable } from './parts/unusable-row.ts';
import { alternatingTexts } from './parts/written.ts';

const opening = 'The conversation between human and AI assistant.';
const speakers = /\[\|(Human|AI)\|\]/;

/**
 * Rows of Baize, `{ topic, input }`: a talk written out as one text in which `[|Human|]` and `[|AI|]` begin the turns, after
 * an opening line. The topic is `meta.topic`. White space around turns is no part of them, and an open turn of the human
 * at the end, which the collected files have, is none.
 *
 * @see Xu et al. 2023, Baize: An Open-Source Chat Model with Parameter-Efficient Tuning on Self-Chat Data
 */
export const baize: DatasetAdapter = {
  specVersion: 2,
  name: 'baize',
  description: 'Rows { topic?, input } with [|Human|] and [|AI|] before each turn, as Baize.',
  row: {
    type: 'object',
    required: ['input'],
    properties: {
      id: idField,
      topic: text('What the talk is about.'),
      input: { ...filledText('The talk.'), pattern: String.raw`\[\|Human\|\]` },
    },
  },
  convert(row, context) {
    const { id, topic, input, ...rest } = row as unknown as BaizeRow;
    const [before, ...pieces] = input.split(speakers);
    const turns = Array.from({ length: pieces.length / 2 }, (_, index) => ({
      speaker: pieces[2 * index]!,
      said: pieces[2 * index + 1]!.trim(),
    }));
    if (turns.at(-1)?.speaker === 'Human' && turns.at(-1)?.said === '') turns.pop();
    const stranger = turns.find(
      ({ speaker }, index) => speaker !== (index % 2 === 0 ? 'Human' : 'AI'),
    );
    if (stranger)
      throw unusable(`odd turn order: ${stranger.speaker} speaks twice or first`, {
        value: stranger.said.slice(0, 80),
        accepted: '[|Human|] and [|AI|] in turn',
      });
    const first = before!.trim();
    return {
      id: idOf(id, context.id),
      messages: turnsInTurn(turns.map(({ said }) => said)),
      ...extraMeta(rest, { topic, opening: first === opening || first === '' ? undefined : first }),
    };
  },
  write(record, context) {
    const { turns, meta } = alternatingTexts(record, 'baize', context);
    const speaks = turns.findIndex((turn) => speakers.test(turn) || turn !== turn.trim());
    if (speaks >= 0)
      throw unusable(
        'a turn of baize has no white space around it and no mark of a speaker in it',
        {
          value: record.id,
          accepted: 'other turns, or the format messages',
        },
      );
    const { topic, opening: first = opening } = (meta ?? {}) as Record<string, unknown>;
    const lines = turns.map((turn, index) => `[|${index % 2 === 0 ? 'Human' : 'AI'}|] ${turn}`);
    return {
      id: record.id,
      ...(topic === undefined ? {} : { topic }),
      input: [first, ...lines, '[|Human|] '].join('\n'),
      ...metaColumn(meta, ['topic', 'opening']),
    };
  },
};

interface BaizeRow {
  id?: string | number;
  topic?: string;
  input: string;
  [key: string]: unknown;
}

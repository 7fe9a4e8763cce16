import { sampleIndices } from '@tunesmith/schema';
import type { ModelSpec } from '@tunesmith/models';
import type { Init } from '@tunesmith/peft';
import { invalidPrompt } from '../room.ts';

/** Where the first rows of a prompt come from. */
export interface FirstRows {
  readonly init: 'vocabulary' | 'random' | 'text' | 'class-labels';
  readonly token_ids: readonly number[] | null;
  readonly label_ids?: readonly (readonly number[])[] | null;
}

/** How rows `[count, width]` of a prompt start. */
export function firstRows(model: ModelSpec, start: FirstRows, count: number): Init {
  const table = model.embed.weight;
  switch (start.init) {
    case 'vocabulary':
      return { kind: 'rows', of: table };
    case 'text':
      if (start.token_ids !== null) return { kind: 'rows', of: table, ids: start.token_ids };
      // A loaded prompt has its values and needs no tokens; only a new one would come here.
      return { kind: 'computed', compute: unprepared };
    case 'class-labels':
      if (!start.label_ids) return { kind: 'computed', compute: unprepared };
      return labelRows(model, start.label_ids, count);
    case 'random':
      return { kind: 'matching-normal', of: table };
  }
}

/** A row for each label, the mean of its tokens' embeddings; the rest are embeddings of distinct tokens drawn at random. */
function labelRows(
  { embed, vocabulary }: ModelSpec,
  labels: readonly (readonly number[])[],
  count: number,
): Init {
  const { weight: table, width } = embed;
  return {
    kind: 'computed',
    of: [table],
    compute({ base, random }) {
      const { data } = base(table);
      const rest = sampleIndices(count - labels.length, vocabulary, random).map((id) => [id]);
      const rows = new Float32Array(count * width);
      for (const [row, ids] of [...labels, ...rest].entries()) {
        const beyond = ids.find((id) => id >= vocabulary);
        if (beyond !== undefined)
          throw invalidPrompt(
            `token ${beyond} is beyond the vocabulary`,
            beyond,
            `ids below ${vocabulary}`,
          );
        for (let i = 0; i < width; i += 1) {
          const sum = ids.reduce((total, id) => total + data[id * width + i]!, 0);
          rows[row * width + i] = sum / ids.length;
        }
      }
      return rows;
    },
  };
}

function unprepared(): never {
  throw invalidPrompt(
    'the tokens that the prompt starts from are not known',
    null,
    'a configuration completed by prepare',
  );
}

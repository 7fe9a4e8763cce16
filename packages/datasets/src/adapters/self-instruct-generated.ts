import type { DatasetAdapter } from '@tunesmith/schema';
import { extraMeta } from './parts/extra-meta.ts';
import { filledText, idField, idOf, text } from './parts/fields.ts';
import { parseGenerated } from './parts/generated-instances.ts';
import { numberedId } from './parts/several.ts';
import { unusable } from './parts/unusable-row.ts';

/**
 * Tasks that a model wrote in Self-Instruct, `{ instruction, raw_instances, instance_metadata? }`: the text of the model's
 * answer is taken apart into instances by the rules of the paper's code ({@link parseGenerated}). A row without a usable
 * one is an `unusable-row`. Read only: the text is what a model happened to write.
 *
 * @see self-instruct, self_instruct/prepare_for_finetuning.py; machine_generated_instances.jsonl
 */
export const selfInstructGenerated: DatasetAdapter = {
  specVersion: 2,
  name: 'self-instruct-generated',
  description: "Rows { instruction, raw_instances } of a model's instances in Self-Instruct.",
  row: {
    type: 'object',
    required: ['instruction', 'raw_instances'],
    properties: {
      id: idField,
      instruction: filledText('What to do.'),
      raw_instances: text('The instances as the model wrote them.'),
      is_classification: {
        type: ['boolean', 'string'],
        description: 'Whether the answer is one of few; told by "Class label:" where absent.',
      },
      instance_metadata: {
        type: 'object',
        description: 'The answer of the API, which says whether the text was cut off.',
      },
    },
  },
  convert(row, context) {
    const { id, instruction, raw_instances: raw, ...more } = row as unknown as GeneratedRow;
    const { is_classification: said, instance_metadata: metadata, ...rest } = more;
    const classification =
      typeof said === 'string'
        ? /^yes$/i.test(said.trim())
        : (said ?? raw.includes('Class label:'));
    const finish = metadata?.response?.choices?.[0]?.finish_reason;
    const { instances, dropped } = parseGenerated(raw, {
      classification,
      cutOff: finish === 'length',
    });
    for (const reason of dropped) context.note?.(`an instance is left out: ${reason}`);
    if (instances.length === 0)
      throw unusable('the text holds no usable instance', {
        value: raw.slice(0, 80),
        accepted: classification ? 'parts that begin with "Class label:"' : 'parts with "Output:"',
      });
    const own = idOf(id, context.id);
    const meta = extraMeta(rest, { is_classification: classification });
    return instances.map(({ input, output }, index) => ({
      id: numberedId(own, index, instances.length),
      instruction: instruction.trim(),
      ...(input === '' ? {} : { input }),
      output,
      ...meta,
    }));
  },
};

interface GeneratedRow {
  id?: string | number;
  instruction: string;
  raw_instances: string;
  is_classification?: boolean | string;
  instance_metadata?: { response?: { choices?: { finish_reason?: string }[] } };
  [key: string]: unknown;
}

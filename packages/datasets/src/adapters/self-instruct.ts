import type { DatasetAdapter } from '@tunesmith/schema';
import { extraMeta, metaColumn } from './parts/extra-meta.ts';
import { filledText, idField, idOf, text } from './parts/fields.ts';
import { alikeBut, joinedId, numberedId } from './parts/several.ts';
import { unusable } from './parts/unusable-row.ts';
import { instanceOf } from './parts/written.ts';

/**
 * Seed tasks of Self-Instruct, `{ id, name, instruction, instances: [{ input, output }], is_classification }`: an instance
 * for each of `instances`, numbered where there are several.
 *
 * @see Wang et al. 2023, Self-Instruct; self-instruct, data/seed_tasks.jsonl
 */
export const selfInstruct: DatasetAdapter = {
  specVersion: 2,
  name: 'self-instruct',
  description:
    'Seed tasks { instruction, instances: [{ input, output }], is_classification? } of Self-Instruct.',
  row: {
    type: 'object',
    required: ['instruction', 'instances'],
    properties: {
      id: idField,
      name: text('The task in a word or two.'),
      instruction: filledText('What to do.'),
      instances: {
        type: 'array',
        description: 'What to do it to, and the answers.',
        items: {
          type: 'object',
          required: ['output'],
          properties: { input: text('Empty for nothing.'), output: text('The answer.') },
        },
      },
      is_classification: { type: 'boolean', description: 'Whether the answer is one of few.' },
    },
  },
  convert(row, context) {
    const { id, name, instruction, instances, ...more } = row as unknown as SeedRow;
    const { is_classification: classification, ...rest } = more;
    if (instances.length === 0)
      throw unusable('a task without instances', { accepted: 'at least one instance' });
    const own = idOf(id, context.id);
    const meta = extraMeta(rest, { task: name, is_classification: classification });
    return instances.map(({ input, output }, index) => ({
      id: numberedId(own, index, instances.length),
      instruction,
      ...(input ? { input } : {}),
      output,
      ...meta,
    }));
  },
  write(record, context) {
    const {
      id,
      instruction,
      input = '',
      output,
      meta,
    } = instanceOf(record, 'self-instruct', context);
    const { task, is_classification: classification } = meta ?? {};
    return {
      id,
      ...(task === undefined ? {} : { name: task }),
      instruction,
      instances: [{ input, output }],
      ...(typeof classification === 'boolean' ? { is_classification: classification } : {}),
      ...metaColumn(meta, [
        'task',
        ...(typeof classification === 'boolean' ? ['is_classification'] : []),
      ]),
    };
  },
  join(earlier, later) {
    const [held, added] = [earlier['instances'], later['instances']] as [unknown[], unknown[]];
    const id = joinedId(earlier['id'], held.length, later['id']);
    if (id === undefined || !alikeBut(earlier, later, ['id', 'instances'])) return undefined;
    return { ...earlier, id, instances: [...held, ...added] };
  },
};

interface SeedRow {
  id?: string | number;
  name?: string;
  instruction: string;
  instances: { input?: string; output: string }[];
  is_classification?: boolean;
  [key: string]: unknown;
}

import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RecipeInput } from '@tunesmith/schema';

/** The model that is tuned. */
export const base = fileURLToPath(
  new URL('../../../../testing/fixtures/peft/base_llama', import.meta.url),
);

/** A recipe of three steps on tokens, in a new folder, for a model in a narrow precision. */
export async function narrowRecipe(
  model: Omit<Extract<RecipeInput['model'], object>, 'from'>,
): Promise<RecipeInput & { output: string }> {
  const home = await mkdtemp(join(tmpdir(), 'narrow-run-'));
  const rows = Array.from({ length: 12 }, (_, row) => {
    const ids = Array.from({ length: 9 }, (__, place) => 3 + ((row * 7 + place * 5) % 60));
    return JSON.stringify({ input_ids: ids, labels: ids });
  });
  await writeFile(join(home, 'rows.jsonl'), `${rows.join('\n')}\n`);
  return {
    model: { from: base, ...model },
    data: [{ path: join(home, 'rows.jsonl'), format: 'tokenized', held_out: 0.3 }],
    method: { name: 'lora', r: 2 },
    training: { steps: 3, batch_size: 2, max_length: 16, optimizer: { learning_rate: 0.01 } },
    evaluation: { every: 0, tasks: ['heldout'] },
    output: join(home, 'run'),
  };
}

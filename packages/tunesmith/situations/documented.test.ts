import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRegistry, partsOf, type Mention } from '@tunesmith/schema';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { builtInPlugins, pluginKinds } from '../src/plugins/built-in.ts';
import { parseRecipe } from '../src/recipe/parse.ts';

const root = join(import.meta.dirname, '../../..');
const files = [
  'packages/tunesmith/README.md',
  ...['concepts', 'extend', 'guide', 'methods'].flatMap((folder) =>
    readdirSync(join(root, 'docs', folder)).map((name) => `docs/${folder}/${name}`),
  ),
].filter((name) => name.endsWith('.md'));
const blocks = files.flatMap((file) =>
  Array.from(
    readFileSync(join(root, file), 'utf8').matchAll(/^```yaml\n(.*?)^```/gms),
    ([, text], index) => ({
      text: text!,
      name: `${file}, ${index + 1}`,
    }),
  ).filter(({ text }) => parse(text) !== null),
);
const registry = createRegistry(pluginKinds, builtInPlugins);

test.each(blocks)('what the documentation writes of a recipe is one: $name', ({ text }) => {
  const { method, objective, template, filters } = parseRecipe(JSON.stringify(whole(parse(text))));
  const mentioned = { method, objective, 'prompt-template': template, 'data-filter': filters };
  for (const [kind, mentions] of Object.entries(mentioned))
    for (const mention of [mentions ?? []].flat() as Mention[]) {
      const { name } = partsOf(mention);
      // Full fine-tuning is a choice of recipes, not a plugin.
      if (name === 'full') continue;
      expect(registry.settled(kind as 'method', mention).name).toContain(name);
    }
});

/** The recipe that a part of one is of. */
function whole(part: Record<string, unknown> | unknown[]): Record<string, unknown> {
  const rows = { data: [{ path: 'rows.jsonl' }] };
  const model = '@tunesmith/nano';
  if (Array.isArray(part)) {
    const { each } = part[0] as { each: object };
    return {
      model,
      stages: [{ name: 'first', job: 'train', each, ...rows, method: 'full' }, ...part],
    };
  }
  if ('stages' in part || 'synthesizer' in part) return { model, ...part };
  return { model, ...rows, method: 'lora', ...part };
}

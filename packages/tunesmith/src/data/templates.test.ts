import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { checkTemplateFile, newTemplateFile, previewTemplates } from './templates.ts';

async function folder(): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'templates-'));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  const rows = [
    { text: 'It rains.', answer: 'wet' },
    { text: 'Snow is cold.', answer: 'cold' },
  ];
  await writeFile(join(home, 'rows.jsonl'), rows.map((row) => JSON.stringify(row)).join('\n'));
  return home;
}

test('a new file asks for the answer, and fits the rows that it was written for', async () => {
  const home = await folder();
  const trial = { templates: join(home, 'new.yaml'), rows: join(home, 'rows.jsonl') };
  await newTemplateFile(trial.rows, trial.templates, { name: 'first' });
  expect(await previewTemplates(trial)).toEqual([
    {
      template: 'first',
      row: 1,
      instruction: 'text: It rains.\nWhat is the answer?',
      output: 'wet',
    },
  ]);
  expect(await checkTemplateFile(trial)).toMatchObject({
    checks: [{ name: 'first', rows: 2, filled: 2, leaks: 1, leftOut: {}, missing: [] }],
    unknownKeys: [],
  });
  await expect(newTemplateFile(trial.rows, trial.templates, { name: 'first' })).rejects.toThrow(
    'exists',
  );
});

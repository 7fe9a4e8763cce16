import { expect, test } from 'vitest';
import { checkTemplates } from './check-templates.ts';
import { readTemplateFile } from './template-file.ts';

const settings = {
  file: 'templates.yaml',
  truncate: true,
  options: 'list',
  inverted: 'keep',
  seed: 0,
} as const;
const rows = [
  { text: 'It rains in Rome.', city: 'Rome', label: 0 },
  { text: 'It snows.', city: 'Oslo', label: 1 },
];

function check(jinja: string, answerChoices: string | null = null, maxWords = 1024): unknown {
  const template = { name: 'one', jinja, answer_choices: answerChoices };
  const content = { dataset: 'd', templates: { a: template } };
  const { templates } = readTemplateFile(content, settings);
  return checkTemplates(templates, rows, maxWords)[0];
}

test('an answer that can be copied from the prompt leaks', () => {
  expect(check('{{text}} Where? ||| {{city}}')).toMatchObject({ filled: 2, leaks: 1 });
});

test('an answer among choices that all stand in the prompt does not', () => {
  const jinja = '{{text}} {{answer_choices | join(" or ")}}? ||| {{answer_choices[label]}}';
  expect(check(jinja, 'Rome ||| Oslo')).toMatchObject({ leaks: 0, badChoices: 0 });
});

test('a word within another is no leak, and choices may be written small', () => {
  const jinja = '{{text}} Know it? yes or no? ||| {{answer_choices[label]}}';
  expect(check(jinja, 'Yes ||| No')).toMatchObject({ leaks: 0 });
  expect(check('Knowing {{text}} ||| {{answer_choices[label]}}', 'now ||| no')).toMatchObject({
    leaks: 0,
  });
});

test('choices that lack the answer do not fit', () => {
  expect(check('{{text}} Where? ||| {{city}}', 'Rome ||| Bern')).toMatchObject({ badChoices: 1 });
  expect(check('{{text}} Where? ||| Rome', 'Rome')).toMatchObject({ badChoices: 2 });
});

test('prompts have a length', () => {
  expect(check('{{text}} ||| {{city}}', null, 3)).toMatchObject({ tooLong: 1, longest: 4 });
});

test('rows left out are counted by reason, and columns that rows lack are named', () => {
  expect(check('{% if label %}{{text}} {{who}} ||| {{city}}{% endif %}')).toMatchObject({
    filled: 1,
    leftOut: { 'the template "one" leaves the row out': 1 },
    missing: ['who'],
  });
});

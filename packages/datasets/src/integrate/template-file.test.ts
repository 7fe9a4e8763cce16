import { isInstance, type Instance } from '@tunesmith/schema';
import { describe, expect, test } from 'vitest';
import { parseTemplateFile } from '../promptsource/read-templates.ts';
import { templateAdapter } from './row-template.ts';
import { readTemplateFile, type TemplateFileSettings } from './template-file.ts';

const yaml = `
dataset: nli
subset: small
templates:
  1a: !Template
    answer_choices: Yes ||| No
    id: 1a
    jinja: '{{premise}} So {{hypothesis}}? ||| {{ answer_choices[label] }}'
    metadata: !TemplateMetadata
      choices_in_prompt: false
      languages: [en]
      metrics: [Accuracy]
      original_task: true
    name: so
    reference: ''
    stars: 5
  1b: !Template
    answer_choices: null
    id: 1b
    jinja: '{% if label == 0 %}Conclude from: {{premise}} ||| {{hypothesis}}{% endif %}'
    metadata: !TemplateMetadata {original_task: false}
    name: conclude
    reference: ''
`;
const settings: TemplateFileSettings = {
  file: 'templates.yaml',
  truncate: true,
  options: 'list',
  inverted: 'keep',
  seed: 0,
};
const rows = [
  { premise: 'It rains.', hypothesis: 'it is wet', label: 0 },
  { premise: 'It rains.', hypothesis: 'it is dry', label: 1 },
];

function instances(
  content: unknown,
  data: readonly Record<string, unknown>[],
  more: Partial<TemplateFileSettings> = {},
): unknown[] {
  const { templates } = readTemplateFile(content, { ...settings, ...more });
  const adapter = templateAdapter(templates, { choose: 'rotate', seed: 0 });
  return data.map((row, index) => {
    try {
      const record = adapter.convert(row, { id: `${index}` });
      const { instruction, output, meta } = record as Instance;
      return isInstance(record as Instance) && [instruction, output, meta];
    } catch (error) {
      return (error as { problems: string[] }).problems[0];
    }
  });
}

describe("promptsource's templates.yaml", () => {
  const content = parseTemplateFile(yaml, 'templates.yaml');

  test('puts rows into words, with the answers to choose from', () => {
    expect(instances(content, rows, { names: ['so'] })).toEqual([
      ['It rains. So it is wet?', 'Yes', { template: 'so', choices: ['Yes', 'No'] }],
      ['It rains. So it is dry?', 'No', { template: 'so', choices: ['Yes', 'No'] }],
    ]);
  });

  test('names a row that a template leaves out', () => {
    expect(instances(content, rows, { names: ['conclude'] })).toEqual([
      ['Conclude from: It rains.', 'it is wet', { template: 'conclude' }],
      'the template "conclude" leaves the row out',
    ]);
  });

  test('takes turns', () => {
    const [first, second] = instances(content, [rows[0]!, rows[0]!]);
    expect([first, second]).toMatchObject(
      [
        [{}, 'Yes', { template: 'so' }],
        [{}, 'it is wet', { template: 'conclude' }],
      ].map(([, output, meta]) => [expect.any(String), output, meta]),
    );
  });

  test('says what it is of, and counts the keys that nobody knows', () => {
    const { source, unknownKeys, templates } = readTemplateFile(content, settings);
    expect(source).toBe('nli/small');
    expect([...unknownKeys]).toEqual([['templates.stars', 1]]);
    expect(templates[0]!.fields).toEqual(['premise', 'hypothesis', 'label']);
  });

  test.each([
    [{ names: ['sow'] }, 'templates.yaml: it has no template "sow"; accepted: so, conclude'],
  ])('%j is refused', (more, message) => {
    expect(() => readTemplateFile(content, { ...settings, ...more })).toThrow(message);
  });

  test('what is no YAML is refused with its line', () => {
    expect(() => parseTemplateFile('dataset: [', 'x.yaml')).toThrow(/x.yaml: .*line 1/);
  });
});

describe("FLAN's patterns", () => {
  const content = {
    nli: [
      ['{premise}\n{options_}', '{answer}'],
      ['Say what is {answer}.', '{premise}'],
    ],
  };
  const row = { premise: 'It rains.', answer: 'wet', options: ['wet', 'dry'] };

  test('puts rows into words in turn', () => {
    expect(instances(content, [row, row])).toEqual([
      ['It rains.\nOPTIONS:\n- wet\n- dry', 'wet', { template: 'nli/0', choices: ['wet', 'dry'] }],
      ['Say what is wet.', 'It rains.', { template: 'nli/1' }],
    ]);
  });

  test('without options, and without inverted patterns', () => {
    expect(instances(content, [row], { options: 'none', inverted: 'none' })).toEqual([
      ['It rains.', 'wet', { template: 'nli/0', choices: ['wet', 'dry'] }],
    ]);
    expect(instances(content, [row], { inverted: 'only' })).toMatchObject([
      ['Say what is wet.', 'It rains.', {}],
    ]);
  });
});

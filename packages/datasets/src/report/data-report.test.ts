import { expect, test } from 'vitest';
import { createReport, describeReport, findings } from './data-report.ts';

test('what nobody asked for is a finding; what a filter was asked for is not', () => {
  const report = createReport();
  const read = report.step('read a.jsonl as alpaca');
  read.keep();
  read.drop('odd turn order: user comes last', 'a.jsonl:2', 'unusable-row');
  read.drop('odd turn order: user comes last', 'a.jsonl:3', 'unusable-row');
  read.drop('two system prompts', 'a.jsonl:4', 'unusable-row');
  read.note('column "label" is not used', 'a.jsonl:1', 'meaning-not-used');
  read.note('column not used: dataset', 'a.jsonl:1');
  report.step('answered').drop('empty answer', 'a.jsonl#0');
  expect(findings(report.report())).toEqual([
    {
      code: 'unusable-row',
      message:
        'read a.jsonl as alpaca: 3 of 4 rows are left out: 2 × odd turn order: user comes last (a.jsonl:2, a.jsonl:3); 1 × two system prompts (a.jsonl:4)',
    },
    {
      code: 'meaning-not-used',
      message: 'read a.jsonl as alpaca: 1 × column "label" is not used (a.jsonl:1)',
    },
  ]);
  expect(describeReport(report.report())).toContain(
    '  1 noted: column not used: dataset (a.jsonl:1)',
  );
});

test('a thousand reasons do not fill the report, and each is counted', () => {
  const report = createReport();
  const step = report.step('read wide.csv');
  for (let column = 0; column < 1000; column++) step.note(`column ${column}`, 'wide.csv:2');
  const { noted } = report.report().steps[0]!;
  expect(noted).toHaveLength(101);
  expect(noted.at(-1)).toMatchObject({ reason: 'further reasons', count: 900 });
});

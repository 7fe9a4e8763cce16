import type { DataRecord } from '@tunesmith/schema';
import { testDataFilter } from '@tunesmith/testing';
import { expect, test } from 'vitest';
import { createReport } from '../../report/data-report.ts';
import { applyFilters } from '../apply-filters.ts';
import { findFilter } from '../built-in.ts';
import { redact } from './redact.ts';
import { findSecrets, isCard, secretKinds } from './patterns.ts';

const kindsIn = (text: string): string[] =>
  findSecrets(text, secretKinds).map(({ kind, start, end }) => `${kind} ${text.slice(start, end)}`);

test.each([
  ['write to ann.lee+x@mail.example.org.', ['email ann.lee+x@mail.example.org']],
  ['jürgen@müller.de', ['email jürgen@müller.de']],
  ['not a@b nor @name nor a@b.c', []],
  ['card 4111 1111 1111 1111, exp', ['card 4111 1111 1111 1111']],
  ['card 4111 1111 1111 1112', []],
  ['order 0000000000000000', []],
  ['host 192.168.10.1:80', ['ip 192.168.10.1']],
  ['version 1.2.3, 300.1.1.1, 1.2.3.4.5', []],
  ['at 2001:db8::8a2e:370:7334 now', ['ip 2001:db8::8a2e:370:7334']],
  ['at 10:30:15 and std::vector', []],
  ['call +49 (30) 1234-5678!', ['phone +49 (30) 1234-5678']],
  ['call (212) 555-0147 or 212-555-0147', ['phone (212) 555-0147', 'phone 212-555-0147']],
  ['in 2024-10-12, 3.14159265, 1,234,567', []],
  [`key AKIA${'A1B2'.repeat(4)}`, [`key AKIA${'A1B2'.repeat(4)}`]],
  [`token ghp_${'aB3'.repeat(12)}`, [`key ghp_${'aB3'.repeat(12)}`]],
  [`sk-proj-${'aB3'.repeat(12)}`, [`key sk-proj-${'aB3'.repeat(12)}`]],
])('in %j it finds %j', (text, found) => {
  expect(kindsIn(text)).toEqual(found);
});

test('a key in PEM is found over its lines', () => {
  const pem = '-----BEGIN RSA PRIVATE KEY-----\nMIIB\nAAAA==\n-----END RSA PRIVATE KEY-----';
  expect(kindsIn(`before\n${pem}\nafter`)).toEqual([`key ${pem}`]);
});

test('the check of Luhn', () => {
  expect(isCard('4242-4242-4242-4242')).toBe(true);
  expect(isCard('378282246310005')).toBe(true);
  expect(isCard('4242-4242-4242-4241')).toBe(false);
});

test.each([
  'a',
  '1',
  '1 ',
  '+1',
  '+1 (',
  'a.',
  'a@',
  'a@a.',
  '1.',
  'a:',
  '::',
  'eyJaaaaaaaaaa.',
  'sk-',
  '-----BEGIN PRIVATE KEY-----a',
  '(123) ',
])('a megabyte of %j takes less than seconds', (piece) => {
  const started = performance.now();
  findSecrets(piece.repeat(1_000_000 / piece.length), secretKinds);
  expect(performance.now() - started).toBeLessThan(8000);
});

test('every text of a record is redacted, and what stood there is told nowhere', async () => {
  const record: DataRecord = {
    id: 'a@b.org',
    messages: [
      { role: 'user', content: [{ type: 'text', text: 'I am ann@example.org' }] },
      {
        role: 'assistant',
        content: 'Noted, ann@example.org',
        tool_calls: [{ function: { name: 'mail', arguments: { to: ['ann@example.org'] } } }],
      },
    ],
  };
  const report = createReport();
  const kept: DataRecord[] = [];
  for await (const one of applyFilters([record], [findFilter('redact')], { report }))
    kept.push(one);
  expect(kept).toEqual([
    {
      id: 'a@b.org',
      messages: [
        { role: 'user', content: [{ type: 'text', text: 'I am [EMAIL]' }] },
        {
          role: 'assistant',
          content: 'Noted, [EMAIL]',
          tool_calls: [{ function: { name: 'mail', arguments: { to: ['[EMAIL]'] } } }],
        },
      ],
    },
  ]);
  expect(report.report().steps[0]!.noted).toMatchObject([
    { reason: 'an email address replaced', count: 1 },
  ]);
});

const records: DataRecord[] = [
  { id: '1', instruction: 'Mail ann@example.org', output: 'Done' },
  { id: '2', instruction: 'Count', output: 'one' },
];

testDataFilter(redact, {
  cases: [
    { records, kept: ['1', '2'] },
    { options: { drop: true }, records, kept: ['2'], reasons: ['holds an email address'] },
  ],
  refused: [
    { options: { kinds: ['name'] }, message: 'kinds' },
    { options: { replacement: 'x@example.org' }, message: 'looks like one itself' },
  ],
});

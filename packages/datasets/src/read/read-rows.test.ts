import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { readRows } from '../node/files.ts';
import { fileLayout } from '../layouts/builtin.ts';
import type { BadRow, SourceRow } from './rows.ts';

const folder = mkdtempSync(join(tmpdir(), 'read-rows-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function read(name: string, content: string | Uint8Array): Promise<(SourceRow | BadRow)[]> {
  const file = join(folder, name);
  writeFileSync(file, content);
  const rows = [];
  for await (const row of readRows(file)) rows.push(row);
  return rows;
}

const values = (rows: (SourceRow | BadRow)[]) =>
  rows.map((row) => ('value' in row ? row.value : row.error.message.replace(folder, '')));
const lines = (rows: (SourceRow | BadRow)[]) => rows.map(({ line }) => line);

describe('JSON Lines', () => {
  test('a byte order mark, CRLF, blank lines and a missing last break are fine', async () => {
    const rows = await read('a.jsonl', '\ufeff{"a":1}\r\n\r\n  \n{"a":"é 🦮"}\n{"a":3}');
    expect(values(rows)).toEqual([{ a: 1 }, { a: 'é 🦮' }, { a: 3 }]);
    expect(lines(rows)).toEqual([1, 4, 5]);
  });

  test('a malformed line is reported with file and line, and reading goes on', async () => {
    const rows = await read('b.jsonl', '{"a":1}\n{"a":\n[1]\nnull\n{"a":2}\n');
    expect(values(rows)).toEqual([
      { a: 1 },
      expect.stringMatching(
        /^\[@tunesmith\/datasets\] \/b\.jsonl:2: .*JSON.*accepted: a JSON object/,
      ),
      expect.stringContaining('/b.jsonl:3: the row is an array'),
      expect.stringContaining('/b.jsonl:4: the row is null'),
      { a: 2 },
    ]);
  });

  test('bytes that are not UTF-8 are an error that names the line', async () => {
    const latin = Buffer.concat([
      Buffer.from('{"a":1}\n{"a":"caf'),
      Buffer.from([0xe9]),
      Buffer.from('"}\n'),
    ]);
    await expect(read('c.jsonl', latin)).rejects.toThrow(/c\.jsonl:2: bytes that are not UTF-8/);
  });

  test('a character cut in two by the reading of blocks survives', async () => {
    // One row longer than a block of 64 KiB, of three-byte characters.
    const text = '語'.repeat(50_000);
    expect(values(await read('d.jsonl', `${JSON.stringify({ text })}\n`))).toEqual([{ text }]);
  });

  test('gzip is unpacked; a broken gzip is an error', async () => {
    expect(values(await read('e.jsonl.gz', gzipSync('{"a":1}\n{"a":2}\n')))).toEqual([
      { a: 1 },
      { a: 2 },
    ]);
    await expect(read('f.jsonl.gz', 'no gzip')).rejects.toThrow(
      /f\.jsonl\.gz cannot be read: incorrect header/,
    );
  });

  test('a file that does not exist is an error', async () => {
    await expect(async () => {
      for await (const _ of readRows(join(folder, 'none.jsonl')));
    }).rejects.toThrow(/none\.jsonl cannot be read: there is no such file/);
  });
});

describe('how a file is written', () => {
  test.each([
    ['\\n', '\n'],
    ['\\r\\n', '\r\n'],
    ['\\r', '\r'],
  ])('lines may end in %s', async (_, end) => {
    const rows = await read('ends.jsonl', `{"a":1}${end}{"a":2}${end}`);
    expect(values(rows)).toEqual([{ a: 1 }, { a: 2 }]);
    expect(lines(rows)).toEqual([1, 2]);
    expect(values(await read('ends.csv', `a,b${end}1,"x${end}y"${end}`))).toEqual([
      { a: '1', b: `x${end}y` },
    ]);
  });

  test.each([
    ['a byte order mark, little end first', Buffer.from('\ufeff{"a":"é"}\n{"a":2}', 'utf16le')],
    ['no mark', Buffer.from('{"a":"é"}\n{"a":2}', 'utf16le')],
    ['big end first', Buffer.from('\ufeff{"a":"é"}\n{"a":2}', 'utf16le').swap16()],
  ])('UTF-16 is read: %s', async (_, bytes) => {
    expect(values(await read('wide.jsonl', bytes))).toEqual([{ a: 'é' }, { a: 2 }]);
  });

  test('an array in a .jsonl file is read as one, and that is said', async () => {
    const file = join(folder, 'array.jsonl');
    writeFileSync(file, '[\n {\n  "a": 1\n },\n {"a": 2}\n]');
    const said: string[] = [];
    const rows = [];
    for await (const row of readRows(file, { onOtherLayout: (reason) => said.push(reason) }))
      rows.push(row);
    expect(values(rows)).toEqual([{ a: 1 }, { a: 2 }]);
    expect(lines(rows)).toEqual([2, 5]);
    expect(said).toEqual([expect.stringContaining('the file is one JSON array')]);
  });

  test('lines that are arrays stay lines that are wrong', async () => {
    expect(values(await read('lists.jsonl', '[1]\n[2]\n'))).toEqual([
      expect.stringContaining(':1: the row is an array'),
      expect.stringContaining(':2: the row is an array'),
    ]);
  });

  test.each(['one.json', 'one.jsonl'])('an indented object in %s is one row', async (name) => {
    const text = JSON.stringify({ a: 'x } {', b: [1] }, null, 2);
    const rows = await read(name, `${text}\n${text}\n`);
    expect(values(rows)).toEqual([
      { a: 'x } {', b: [1] },
      { a: 'x } {', b: [1] },
    ]);
    expect(lines(rows)).toEqual([1, 7]);
  });

  test.each([
    ['{"a":1},', 'line 1 is not JSON: a comma follows it; rows are separated by line breaks alone'],
    ['{"a":1}{"a":2}', 'line 1 is not JSON: several objects stand in one line'],
    ['{"a":NaN}', '(NaN is no JSON value)'],
    ['{"a":None}', '(None is no JSON value)'],
    ["{'a':1}", 'line 1 is not JSON: '],
  ])('%s is named with its line and reason', async (text, message) => {
    expect(values(await read('fault.jsonl', text))).toEqual([expect.stringContaining(message)]);
  });
});

describe('what is odd about a row that can be read', () => {
  const notes = (rows: (SourceRow | BadRow)[]) =>
    rows.map((row) => ('notes' in row ? row.notes?.map(({ reason }) => reason) : undefined));

  test.each([
    ['{"output":"a","output":"b"}', ['key "output" stands twice; the last one counts']],
    ['{"a":{"b":1,"b":2},"a\\u0062":3}', ['key "b" stands twice; the last one counts']],
    ['{"a":"\\"a\\":\\\\","b":[{"a":1},{"a":2}]}', undefined],
    ['{"__proto__":1,"__proto__":2}', ['key "__proto__" stands twice; the last one counts']],
  ])('%s: %j', async (text, expected) => {
    expect(notes(await read('keys.jsonl', `${text}\n`))).toEqual([expected]);
    expect(notes(await read('keys.json', `[${text}]`))).toEqual([expected]);
  });

  test('whole numbers beyond 2^53 keep their digits, as text; other numbers and strings of digits stay', async () => {
    const text =
      '{"a":9007199254740993,"b":[-12345678901234567890,9007199254740991],"c":0.1234567890123456,"d":"say \\"9007199254740993\\"","e":1e22}';
    const exact = {
      a: '9007199254740993',
      b: ['-12345678901234567890', 9007199254740991],
      c: 0.1234567890123456,
      d: 'say "9007199254740993"',
      e: 1e22,
    };
    for (const [name, content] of [
      ['large.jsonl', text],
      ['large.json', `[${text}]`],
      ['large.yaml', `- ${text}\n- { a: 5 }\n`],
    ] as const) {
      const [row, other] = await read(name, content);
      expect(row).toMatchObject({ value: exact, notes: [{ code: 'large-integer' }] });
      expect(other && 'notes' in other).toBeFalsy();
    }
  });

  test('characters that were lost before', async () => {
    const lost = [expect.stringContaining('U+FFFD')];
    expect(notes(await read('lost.jsonl', '{"a":"caf\ufffd"}\n{"a":"\\ufffd"}'))).toEqual([
      lost,
      lost,
    ]);
    expect(notes(await read('lost.csv', 'a\ncaf\ufffd\n'))).toEqual([lost]);
  });

  test('half of a surrogate pair is such a character; a whole pair and an escaped backslash are not', async () => {
    const rows = ['\\ud800', 'a\\uDC00\\ud83d\\ude00', '\\ud83d\\ude00', '\\\\ud800', 'x'];
    const lost = [expect.stringContaining('half of a surrogate pair')];
    expect(
      notes(await read('halves.jsonl', rows.map((text) => `{"a":"${text}"}`).join('\n'))),
    ).toEqual([lost, lost, undefined, undefined, undefined]);
  });
});

describe('long lines', () => {
  // Quadratic reading takes minutes for these; linear reading takes a second.
  const text = 'a'.repeat(40_000_000);

  test('a line of 40 MB is read in one pass', { timeout: 60_000 }, async () => {
    expect(await read('long.jsonl', `${JSON.stringify({ text })}\n`)).toHaveLength(1);
    expect(await read('long.json', `[${JSON.stringify({ text })}]`)).toHaveLength(1);
    expect(await read('long.csv', `text\n"${text}"\n`)).toHaveLength(1);
    expect(await read('long.jsonl.gz', gzipSync(JSON.stringify({ text })))).toHaveLength(1);
  });

  test('a table of 100,000 columns is read in one pass', { timeout: 60_000 }, async () => {
    const columns = Array.from({ length: 100_000 }, (_, column) => `c${column}`);
    const [row] = await read('wide.csv', `${columns.join(',')}\n${columns.join(',')}\n`);
    expect(row).toMatchObject({ value: { c99999: 'c99999' } });
  });
});

describe('a JSON array', () => {
  test('elements come with the line they begin on', async () => {
    const rows = await read(
      'a.json',
      '[\n  {"a": "x, ]\\" {"},\n\n  {\n    "a": [1, {"b": 2}]\n  }, {"a": 3}\n]\n',
    );
    expect(values(rows)).toEqual([{ a: 'x, ]" {' }, { a: [1, { b: 2 }] }, { a: 3 }]);
    expect(lines(rows)).toEqual([2, 4, 6]);
  });

  test('an empty array has no rows', async () => {
    expect(await read('b.json', ' [ ]\n')).toEqual([]);
  });

  test('a malformed element is reported with its line, and reading goes on', async () => {
    expect(values(await read('c.json', '[{"a":1},\n{"a":x},\n5,\n{"a":2}]'))).toEqual([
      { a: 1 },
      expect.stringContaining('/c.json:2: '),
      expect.stringContaining('/c.json:3: the row is a number'),
      { a: 2 },
    ]);
  });

  test.each([
    ['nothing', '', 'd.json:1: the file is empty'],
    ['a text', '"x"', 'd.json:1: the file begins with "\\"", not with an array'],
    [
      'an array cut short',
      '[{"a":1},\n{"a"',
      'd.json:2: the file ends inside the array, after 1 rows',
    ],
    ['two commas', '[{"a":1},\n,{"a":2}]', 'd.json:2: an element is missing before here'],
    ['a comma at the end', '[{"a":1},\n]', 'd.json:2: an element is missing before here'],
    ['something after it', '[{"a":1}]\n{}', 'd.json:2: unexpected "{" after the array'],
  ])('%s is an error with its line', async (_, content, message) => {
    await expect(read('d.json', content)).rejects.toThrow(message);
  });

  test('a .json file that begins with an object is read as JSON Lines', async () => {
    expect(values(await read('e.json', '\n{"a":1}\n{"a":2}\n'))).toEqual([{ a: 1 }, { a: 2 }]);
  });
});

describe('CSV', () => {
  test('quoted fields hold commas, quotes and line breaks', async () => {
    const rows = await read(
      'a.csv',
      '\ufeffinstruction,output\r\n"Say ""hi"", twice","hi\nhi"\r\nName a color,Blue\r\n',
    );
    expect(values(rows)).toEqual([
      { instruction: 'Say "hi", twice', output: 'hi\nhi' },
      { instruction: 'Name a color', output: 'Blue' },
    ]);
    expect(lines(rows)).toEqual([2, 4]);
  });

  test('tabs separate the fields of a .tsv file', async () => {
    expect(values(await read('b.tsv', 'a\tb\n1, 2\t3\n'))).toEqual([{ a: '1, 2', b: '3' }]);
  });

  test.each([
    ['x.csv', 'a;b\n"1;2";3,5\n', 'semicolons, not by commas'],
    ['x.csv', '\n"a,b"\tb\n1;2\t3,5\n', 'tabs, not by commas'],
    ['x.tsv', 'a,b\n1;2,"3,5"\n', 'commas, not by tabs'],
  ])(
    '%s with the columns %j is read by what separates them, which is said',
    async (name, text, says) => {
      const file = join(folder, name);
      writeFileSync(file, text);
      const [said, rows]: [string[], unknown[]] = [[], []];
      for await (const row of readRows(file, { onOtherLayout: (reason) => said.push(reason) }))
        rows.push(Object.values('value' in row ? row.value : {}));
      expect(rows).toEqual([['1;2', '3,5']]);
      expect(said).toEqual([expect.stringContaining(says)]);
    },
  );

  test.each([
    ['one column', 'text\na;b\n'],
    ['commas too', 'a,b;c\n1,2\n'],
    ['several others', 'a;b\tc\n1;2\t3\n'],
    ['quoted ones', '"a;b"\n1\n'],
  ])('a first line with %s is read as the name says', async (_, text) => {
    const file = join(folder, 'x.csv');
    writeFileSync(file, text);
    const said: string[] = [];
    for await (const _row of readRows(file, { onOtherLayout: (reason) => said.push(reason) }));
    expect(said).toEqual([]);
  });

  test('a row with the wrong number of fields is reported with its line, and reading goes on', async () => {
    expect(values(await read('c.csv', 'a,b\n1,2\n3\n\n4,5,6\n7,8\n'))).toEqual([
      { a: '1', b: '2' },
      expect.stringContaining('/c.csv:3: the row has 1 fields; accepted: 2 fields: a, b'),
      expect.stringContaining('/c.csv:5: the row has 3 fields'),
      { a: '7', b: '8' },
    ]);
  });

  test('a quote that is never closed is an error', async () => {
    await expect(read('d.csv', 'a,b\n"1,2\n3,4\n')).rejects.toThrow(
      /d\.csv:2: the quote that opens field 1 is never closed, up to line 3/,
    );
  });

  test('text after a closing quote is a bad row of its line', async () => {
    expect(values(await read('quote.csv', 'a,b\n"1"x,2\n5" nail,6\n'))).toEqual([
      expect.stringContaining('/quote.csv:2: text follows the closing quote of field 1'),
      { a: '5" nail', b: '6' },
    ]);
  });

  test('a column may be named like a property of objects', async () => {
    const [row] = await read('proto.csv', '__proto__,constructor\n1,2\n');
    expect(Object.entries((row as SourceRow).value)).toEqual([
      ['__proto__', '1'],
      ['constructor', '2'],
    ]);
  });

  test('a column named twice is an error', async () => {
    await expect(read('e.csv', 'a,a\n1,2\n')).rejects.toThrow(/e\.csv:1: column "a" stands twice/);
  });
});

test('an unknown file ending names the nearest known one', () => {
  expect(() => fileLayout('data.jsnl')).toThrow(
    'there is no data file ending named ".jsnl"; nearest: ".jsonl"',
  );
});

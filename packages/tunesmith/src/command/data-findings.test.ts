import { execFile } from 'node:child_process';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, test } from 'vitest';

// The built command, as a user runs it.
const command = fileURLToPath(new URL('../../bin/tunesmith.js', import.meta.url));
const nano = fileURLToPath(new URL('../../../nano/model', import.meta.url));

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'data-findings-'));
});

function tunesmith(...words: string[]): Promise<{ code: number; out: string; err: string }> {
  const env = { ...process.env, NO_COLOR: '1' };
  return new Promise((resolve) => {
    execFile(process.execPath, [command, ...words], { cwd: home, env }, (error, out, err) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err }),
    );
  });
}

async function write(name: string, rows: readonly (string | object)[]): Promise<void> {
  const lines = rows.map((row) => (typeof row === 'string' ? row : JSON.stringify(row)));
  await writeFile(join(home, name), `${lines.join('\n')}\n`);
}

async function writeRecipe(data: readonly object[], tasks: readonly string[] = []): Promise<void> {
  await write('recipe.yaml', [
    JSON.stringify({
      model: nano,
      data,
      method: { name: 'lora', r: 2 },
      evaluation: { tasks, metrics: ['exact-match'], max_new_tokens: 2 },
      training: { steps: 1, max_length: 64 },
      output: 'run',
    }),
  ]);
}

const turns = (...names: string[]) => ({
  conversations: names.map((from) => ({ from, value: from })),
});
const order = [
  turns('human', 'gpt'),
  turns('human', 'human', 'gpt'),
  turns('gpt', 'human', 'gpt'),
  turns('human', 'gpt', 'human'),
];
const capitals = ['France Paris', 'Japan Tokyo', 'Italy Rome', 'Egypt Cairo'].map((pair) => {
  const [input, output] = pair.split(' ');
  return { instruction: 'Name the capital.', input, output };
});

describe('rows that cannot be used', () => {
  test('data validate names the line of each', async () => {
    await write('order.jsonl', order);
    const { code, out } = await tunesmith('data', 'validate', 'order.jsonl');
    expect(code).toBe(2);
    expect(out).toMatch(/order\.jsonl:2: odd turn order: user follows user/);
    expect(out).toMatch(/order\.jsonl:3: odd turn order: assistant comes first/);
    expect(out).toMatch(/order\.jsonl:4: odd turn order: user comes last/);
    expect(out).toContain('1 of 4 rows are usable as sharegpt, 3 are not');
  });

  test('train says so on the terminal and in an event, finds the format, and writes it down', async () => {
    await write('order.jsonl', order);
    await writeRecipe([{ path: 'order.jsonl' }]);
    const { code, err } = await tunesmith('train', 'recipe.yaml');
    expect(code).toBe(0);
    const told =
      /order\.jsonl as sharegpt: 3 of 4 rows are left out: .*\(order\.jsonl:2\).*\(order\.jsonl:3\).*\(order\.jsonl:4\)/;
    expect(err).toMatch(told);
    const events = await readFile(join(home, 'run', 'events.jsonl'), 'utf8');
    const warnings = events
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; code?: string; message?: string })
      .filter(({ type }) => type === 'warning');
    expect(warnings).toMatchObject([
      { code: 'unusable-row', message: expect.stringMatching(told) },
    ]);
    expect(await readFile(join(home, 'run', 'recipe.yaml'), 'utf8')).toContain('format: sharegpt');
  });
});

test('data validate says what is odd about rows that can be used', async () => {
  const row = { instruction: 'a', output: 'b' };
  await write('odd.jsonl', [
    { ...row, label: false, dataset: 'x' },
    { ...row, output: '' },
    '{"instruction":"a","output":"b","output":"c"}',
  ]);
  const { code, out } = await tunesmith('data', 'validate', 'odd.jsonl');
  expect(code).toBe(0);
  expect(out).toContain(
    '1 × column "label" may change what the row means and is not used (odd.jsonl:1)',
  );
  expect(out).toContain('1 × empty answer (odd.jsonl:2)');
  expect(out).toContain('1 × key "output" stands twice; the last one counts (odd.jsonl:3)');
  expect(out).toContain('1 × column "dataset" is not used; it is kept in meta');
  const json = JSON.parse((await tunesmith('data', 'validate', 'odd.jsonl', '--json')).out) as {
    findings: { code: string }[];
  };
  expect(json.findings.map((finding) => finding.code)).toEqual([
    'column-not-used',
    'empty-answer',
    'duplicate-key',
  ]);
});

test('data convert counts what the format cannot hold, by reason', async () => {
  await write('talk.jsonl', [
    {
      messages: [
        { role: 'user', content: 'Hi' },
        { role: 'assistant', content: 'Yo.', weight: 0 },
        { role: 'user', content: 'Bye' },
        { role: 'assistant', content: 'See you.' },
      ],
    },
  ]);
  const { out, err } = await tunesmith(
    'data',
    'convert',
    'talk.jsonl',
    '--to',
    'alpaca',
    '--out',
    'a.jsonl',
  );
  expect(out).toContain(
    '1 dropped: alpaca rows learn every answer and nothing else (talk.jsonl#0)',
  );
  expect(err).toContain('warning: write a.jsonl as alpaca: 1 of 1 rows are left out');
});

describe('held-out data that stands in the training data', () => {
  test('is told, left out of training, and not called unseen where it stays', async () => {
    await write('mine.jsonl', capitals);
    await write('held.jsonl', capitals.slice(0, 2));
    await writeRecipe(
      [{ path: 'mine.jsonl' }, { path: './held.jsonl', split: 'heldout' }],
      ['heldout'],
    );
    const apart = await tunesmith('train', 'recipe.yaml');
    expect(apart.err).toContain('2 of 4 rows are left out: 2 × also held out');
    expect(apart.out).toContain('Unseen instances of trained tasks');
    const report = await readFile(join(home, 'run', 'data-report.json'), 'utf8');
    expect(JSON.parse(report)).toMatchObject({
      splits: { train: 2, heldout: 2 },
      overlap: { heldOut: 2, same: 2, leftOut: 2, kept: 0 },
    });
    const kept = await tunesmith(
      'train',
      'recipe.yaml',
      'data[0].keep_overlap=true',
      '--overwrite',
    );
    expect(kept.err).toContain(
      '2 × held-out instance that also stands in the training data, and is trained on',
    );
    expect(kept.out).toContain('Held-out instances of trained tasks, 2 of them trained on');
    expect(kept.out).not.toContain('Unseen');
    expect(await readFile(join(home, 'run', 'report.html'), 'utf8')).not.toContain('never saw');
  });

  test('the same file for both leaves nothing to train on, and the error says why', async () => {
    await write('mine.jsonl', capitals);
    await writeRecipe(
      [{ path: 'mine.jsonl' }, { path: './mine.jsonl', split: 'heldout' }],
      ['heldout'],
    );
    const { code, err } = await tunesmith('train', 'recipe.yaml');
    expect(code).toBe(2);
    expect(err).toContain(
      'nothing is left to train on: all 4 training rows also stand in the held-out data (4 of 4 held-out instances)',
    );
  });
});

test('evaluate finds the format, and says which rows it leaves out', async () => {
  await write('order.jsonl', order);
  const { code, err } = await tunesmith('evaluate', '--model', nano, '--data', 'order.jsonl');
  expect(code).toBe(0);
  expect(err).toMatch(/warning: read .*order\.jsonl as sharegpt: 3 of 4 rows are left out/);
});

test('data convert names what it found and why, takes options of a format and columns of other names', async () => {
  const rows = [
    { prompt: 'Is 7 even?', completion: 'No.', label: true },
    { prompt: 'Is 8 odd?', completion: 'Yes.', label: false },
  ];
  await write('judged.jsonl', rows);
  const toTalks = ['--format', 'auto', '--to', 'sharegpt', '--out', 'talks.jsonl'];
  const judged = await tunesmith('data', 'convert', 'judged.jsonl', ...toTalks);
  expect(judged.out).toContain(
    'format unpaired-preference: all 2 rows have prompt, completion, label, which tells it from prompt-completion',
  );
  expect(judged.err).toContain('1 × a bad answer is not learned (judged.jsonl:2)');
  expect(await readFile(join(home, 'talks.jsonl'), 'utf8')).toContain('"kto_tag":false');

  await write('asked.jsonl', [{ question: 'Two and two?', reply: 'Four.' }]);
  const columns = ['--format', 'alpaca', '--columns', '{ instruction: question, output: reply }'];
  const toTrees = ['--to', '{ name: oasst }', '--out', 'trees.jsonl'];
  const { code } = await tunesmith('data', 'convert', 'asked.jsonl', ...columns, ...toTrees);
  expect(code).toBe(0);
  expect(JSON.parse(await readFile(join(home, 'trees.jsonl'), 'utf8'))).toMatchObject({
    prompt: { text: 'Two and two?', role: 'prompter', replies: [{ text: 'Four.' }] },
  });
});

test('a data set of a dataset_info.json is read by its name', async () => {
  await writeFile(
    join(home, 'dataset_info.json'),
    JSON.stringify({ mine: { file_name: 'mine.json', columns: { prompt: 'q', response: 'r' } } }),
  );
  await writeFile(join(home, 'mine.json'), JSON.stringify([{ q: 'Hi', r: 'Ho' }]));
  const none = await tunesmith('data', 'preview', 'dataset_info.json');
  expect(none.err).toContain('describes data sets: name one as the dataset; accepted: mine');
  const { out } = await tunesmith('data', 'preview', 'dataset_info.json', '--dataset', 'mine');
  expect(out).toContain('says so of mine');
  expect(out).toContain('user: Hi');
});

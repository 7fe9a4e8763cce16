import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { writeSafetensors } from '@tunesmith/models/node';
import { beforeEach, expect, test } from 'vitest';
import { createProgram } from './program.ts';

const built = fileURLToPath(new URL('../../bin/tunesmith.js', import.meta.url));
const nano = fileURLToPath(new URL('../../../nano/model', import.meta.url));
const gguf = fileURLToPath(
  new URL('../../../models/goldens/gguf/base_llama.gguf', import.meta.url),
);
const readme = fileURLToPath(new URL('../../README.md', import.meta.url));
const generating = fileURLToPath(new URL('../../../../docs/guide/generating.md', import.meta.url));

/** What the help of every command shows. */
function help(): string {
  const everyCommand = (command: Command): Command[] => [
    command,
    ...command.commands.flatMap((child) => everyCommand(child as Command)),
  ];
  let text = '';
  for (const command of everyCommand(createProgram(() => {}))) {
    command.configureOutput({ writeOut: (piece) => (text += piece) });
    command.outputHelp();
  }
  return text;
}

/** The command lines in a text, without the program's name and without what explains them: after a hash or two blanks. */
function commandLines(text: string): string[] {
  const lines = [...text.matchAll(/^(?: +\$ )?tunesmith (.*)$/gm)].map(
    (match) => match[1] as string,
  );
  return [...new Set(lines.map((line) => (line.split(/ {2}|#/)[0] as string).trim()))];
}

/** The words of a command line, as a shell makes them of plain words and words in double quotes. */
const wordsOf = (line: string): string[] =>
  (line.match(/"[^"]*"|\S+/g) ?? []).map((word) => word.replaceAll('"', ''));

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'examples-'));
  const rows = Array.from({ length: 12 }, (_, n) => ({
    instruction: 'Count.',
    input: `${n}`,
    output: `${n + 1}`,
  }));
  const lines = (values: readonly object[]) => values.map((row) => JSON.stringify(row)).join('\n');
  const chats = rows.map(({ input, output }) => ({
    conversations: [
      { from: 'human', value: input },
      { from: 'gpt', value: output },
    ],
  }));
  const said = (id: string, role: string, text: string, replies: readonly object[]) => ({
    message_id: id,
    role,
    text,
    lang: 'en',
    replies,
  });
  const tree = {
    message_tree_id: 'a',
    tree_state: 'ready_for_export',
    prompt: said('a', 'prompter', 'Count to two.', [said('b', 'assistant', 'One, two.', [])]),
  };
  const files = {
    'recipe.yaml':
      'model: ./nano\ndata: [{ path: rows.jsonl, format: alpaca, held_out: 0.25 }]\nmethod: { name: lora, r: 2 }\ntraining: { steps: 2, batch_size: 1, max_length: 32 }\nevaluation: { tasks: [heldout], max_new_tokens: 4 }\noutput: runs/first\nthreads: 1\n',
    'rows.jsonl': lines(rows),
    'instructions.jsonl': lines(rows),
    'answers.yaml':
      'data: [{ path: rows.jsonl }]\nsynthesizer: { name: distill, max_tokens: 8, keep_cut_off: true }\nmodel: ./nano\noutput: runs/answers\nthreads: 1\n',
    'trees.jsonl': lines([tree]),
    'heldout.jsonl': lines(rows.slice(0, 3)),
    'chats.jsonl': lines(chats),
    'texts/counting.txt': rows.map(({ input, output }) => `${input} and ${output}.`).join('\n'),
    'rows.csv': ['instruction,input,output', ...rows.map((row) => Object.values(row).join())].join(
      '\n',
    ),
    'my-metrics.js':
      "export const plugins = [{ kind: 'metric', value: { specVersion: 2, name: 'mine', description: 'Mine.', version: 1, range: [0, 1], higherIsBetter: true, score: () => 1 } }];",
    'package.json': '{ "type": "module" }',
    'person.json': /```json\n(.*?)```/s.exec(await readFile(generating, 'utf8'))![1] as string,
  };
  await mkdir(join(home, 'texts'));
  for (const [name, text] of Object.entries(files)) await writeFile(join(home, name), `${text}\n`);
  await symlink(nano, join(home, 'nano'));
  await symlink(gguf, join(home, 'model.gguf'));
  await writeSafetensors(join(home, 'ids.safetensors'), {
    input_ids: { dtype: 'int32', shape: [1, 3], data: Int32Array.of(5, 6, 7) },
  });
});

const run = (line: string): Promise<{ code: number; err: string }> =>
  new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [built, ...wordsOf(line)],
      { cwd: home },
      (error, _, err) => resolve({ code: error === null ? 0 : Number(error.code), err }),
    );
    child.stdin?.end('/exit\n');
  });

test.each([
  ['help', async () => help(), 36],
  ['README', () => readFile(readme, 'utf8'), 5],
  ['guide to writing text', () => readFile(generating, 'utf8'), 8],
])(
  'every command line of the %s runs as it stands, one after the other',
  { timeout: 600_000 },
  async (_, read, expected) => {
    const lines = commandLines(await read());
    expect(lines.length).toBeGreaterThanOrEqual(expected);
    const check = async (line: string): Promise<void> => {
      const { code, err } = await run(line);
      expect({ line, code, err: code === 0 ? '' : err }).toEqual({ line, code: 0, err: '' });
    };
    for (const line of lines) if (!line.includes('--queue')) await check(line);
    // who asks through a queue waits for those who answer
    await Promise.all(lines.filter((line) => line.includes('--queue')).map(check));
  },
);

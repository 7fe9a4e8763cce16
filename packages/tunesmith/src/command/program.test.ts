import { CommanderError, type Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { createProgram } from './program.ts';

function everyCommand(command: Command): Command[] {
  return [command, ...command.commands.flatMap((child) => everyCommand(child as Command))];
}

/** Runs a command line that ends in help or wrong usage; no job is started by these. */
async function tunesmith(
  ...words: string[]
): Promise<{ exitCode: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const program = createProgram(() => {});
  for (const command of everyCommand(program)) {
    command.configureOutput({
      writeOut: (text) => (out += text),
      writeErr: (text) => (err += text),
    });
  }
  try {
    await program.parseAsync(words, { from: 'user' });
    return { exitCode: 0, out, err };
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return { exitCode: error.exitCode, out, err };
  }
}

describe('help', () => {
  test('lists the commands', async () => {
    const { exitCode, out } = await tunesmith('--help');
    expect(exitCode).toBe(0);
    for (const name of [
      'init',
      'train',
      'evaluate',
      'generate',
      'chat',
      'data',
      'merge',
      'export',
      'report',
      'list',
      'doctor',
      'logits',
      'inspect',
      'tokenizer',
    ]) {
      expect(out).toMatch(new RegExp(`^  ${name}\\b`, 'm'));
    }
  });

  test.each([
    [['init'], '$ tunesmith init my-tune'],
    [['train'], '$ tunesmith train recipe.yaml'],
    [['evaluate'], '$ tunesmith evaluate runs/first --compare'],
    [['generate'], '$ tunesmith generate runs/first --prompt'],
    [['chat'], '$ tunesmith chat runs/first'],
    [['data', 'preview'], '$ tunesmith data preview rows.jsonl'],
    [['data', 'stats'], '$ tunesmith data stats rows.jsonl'],
    [['data', 'validate'], '$ tunesmith data validate rows.jsonl'],
    [['data', 'convert'], '$ tunesmith data convert rows.csv --to messages'],
    [['merge'], '$ tunesmith merge runs/first --out'],
    [['export'], '$ tunesmith export runs/first --format gguf'],
    [['report'], '$ tunesmith report runs/first runs/second'],
    [['list'], '$ tunesmith list method'],
    [['doctor'], '$ tunesmith doctor --json'],
    [['logits'], '$ tunesmith logits --model @tunesmith/nano'],
    [['inspect'], '$ tunesmith inspect model.gguf'],
    [['tokenizer'], '$ tunesmith tokenizer rows.jsonl --vocabulary-size 8000'],
  ])('of %s has examples and --json', async (words, example) => {
    const { exitCode, out } = await tunesmith(...words, '--help');
    expect(exitCode).toBe(0);
    expect(out).toContain(example);
    expect(out).toContain('--json');
  });

  test('is shown where no command is given, as an error', async () => {
    const { exitCode, err } = await tunesmith();
    expect(exitCode).not.toBe(0);
    expect(err).toContain('Usage: tunesmith');
  });
});

test('--meta that is no setting is told by an example of its own', async () => {
  await expect(
    tunesmith('generate', '--model', 'm', '--prompt', 'Hi', '--meta', 'a'),
  ).rejects.toThrow('"a" does not set anything; accepted: key=value, such as task=2');
});

test.each([
  [['trian'], "unknown command 'trian'\n(Did you mean train?)"],
  [['data', 'validat', 'x'], "unknown command 'validat'\n(Did you mean validate?)"],
  [['train'], "missing required argument 'recipe'"],
  [['train', 'a.yaml', '--resum'], "unknown option '--resum'\n(Did you mean --resume?)"],
  [['logits', '--model', 'm'], "required option '--ids <file>' not specified"],
  [['generate', '--model', 'm', '--temperature', 'hot'], 'Accepted: a number from 0 to 100.'],
  [['generate', '--model', 'm', '--max-new-tokens', '0'], 'Accepted: an integer of at least 1.'],
  [
    ['merge', '--model', 'm', '--out', 'x', '--dtype', 'int4'],
    'Allowed choices are float32, float16, bfloat16',
  ],
])('%s is wrong usage', async (words, message) => {
  const { exitCode, out, err } = await tunesmith(...words);
  expect(exitCode).not.toBe(0);
  expect(err).toContain(message);
  expect(out).toBe('');
});

test.each([
  [['--format', 'onnx', '--encoding', 'q8_0'], 'onnx has no encoding "q8_0"; nearest: "q8"'],
  [['--format', 'gguf', '--encoding', 'q8'], 'gguf has no encoding "q8"'],
  [
    ['--format', 'gguf', '--encoding', 'f32', '--encoding', 'f16'],
    'a GGUF file is of one encoding',
  ],
  [['--format', 'onnx', '--as', 'adapter'], 'an adapter alone is not written as ONNX'],
])('export %j is refused before a model is loaded', async (words, why) => {
  const line = ['export', '--model', 'nowhere', '--out', 'nowhere-else', ...words];
  await expect(tunesmith(...line)).rejects.toThrow(why);
});

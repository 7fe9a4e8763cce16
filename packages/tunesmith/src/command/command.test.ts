import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, writeFile, copyFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readSafetensors, writeSafetensors } from '@tunesmith/models/node';
import { beforeEach, describe, expect, test } from 'vitest';
import { builtInMethods } from '../plugins/built-in.ts';

// The built command, as a user runs it.
const command = fileURLToPath(new URL('../../bin/tunesmith.js', import.meta.url));
const fixtures = fileURLToPath(new URL('../../../testing/fixtures/peft', import.meta.url));
const base = join(fixtures, 'base_llama');

interface Outcome {
  code: number | null;
  signal: NodeJS.Signals | null;
  out: string;
  err: string;
}

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'command-'));
});

/** Starts the command in the test's folder; `onError` hears standard error as it comes. */
function start(
  words: readonly string[],
  onError: (text: string, kill: (signal: NodeJS.Signals) => void) => void = () => {},
) {
  const child = spawn(process.execPath, [command, ...words], {
    cwd: home,
    env: { ...process.env, NO_COLOR: '1' },
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (data: Buffer) => (out += data.toString()));
  child.stderr.on('data', (data: Buffer) => {
    err += data.toString();
    onError(err, (signal) => child.kill(signal));
  });
  child.stdin.end();
  return new Promise<Outcome>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, out, err }));
  });
}

const tunesmith = (...words: string[]) => start(words);

async function write(name: string, text: string): Promise<string> {
  await writeFile(join(home, name), text);
  return name;
}

/** Rows of tokens, and a recipe that trains on them for `steps` steps. */
async function writeRecipe(training: string, more = ''): Promise<string> {
  const rows = Array.from({ length: 10 }, (_, row) => {
    const ids = Array.from({ length: 8 }, (__, place) => 3 + ((row * 11 + place * 5) % 60));
    return JSON.stringify({
      input_ids: ids,
      labels: ids.map((id, place) => (place < 3 ? -100 : id)),
    });
  });
  await write('rows.jsonl', `${rows.join('\n')}\n`);
  return write(
    'recipe.yaml',
    `model: ${base}\ndata: [{ path: rows.jsonl, format: tokenized }]\nmethod: { name: lora, r: 2 }\ntraining: { batch_size: 2, max_length: 16, ${training} }\noutput: run\n${more}`,
  );
}

test('a misspelt command leaves with 2 and is corrected', async () => {
  const { code, out, err } = await tunesmith('trian');
  expect([code, out]).toEqual([2, '']);
  expect(err).toContain("unknown command 'trian'\n(Did you mean train?)");
});

describe('bad input leaves with 2, names what is wrong, and writes nothing', () => {
  test.each([
    [
      'a misspelt recipe key',
      ['training.batch_sise=2'],
      'recipe.yaml: recipe: "training.batch_sise" is not a known key; nearest: "batch_size"',
    ],
    [
      'a model folder that is not there',
      ['model=./nowhere'],
      'model "./nowhere" does not exist; accepted: a folder with config.json',
    ],
    [
      'a target that matches nothing',
      ['method.targets=[q_porj]'],
      '[@tunesmith/lora] target "q_porj" matches no linear map; nearest: "q_proj"',
    ],
    [
      'a data file that is not there',
      ['data[0].path=no.jsonl'],
      'the data file "no.jsonl" does not exist',
    ],
    ['a device that is not there', ['device=cdua'], 'there is no device named "cdua"'],
    [
      'a plugin that is not installed',
      ['plugins=[not-here]'],
      'the plugin "not-here" is not installed',
    ],
    [
      'a setting without a value',
      ['training.steps'],
      '"training.steps" does not set anything; accepted: key=value',
    ],
  ])('%s', async (_, settings, message) => {
    const { code, err } = await tunesmith('train', await writeRecipe('steps: 2'), ...settings);
    expect(err).toContain(message);
    // On a slow machine the work is named before.
    const lines = err
      .trim()
      .split('\n')
      .filter((line) => !line.endsWith(' …'));
    expect(lines).toHaveLength(1);
    expect(code).toBe(2);
    expect((await readdir(home)).toSorted()).toEqual(['recipe.yaml', 'rows.jsonl']);
  });

  test('a misspelt key in the file, with its line', async () => {
    await write('recipe.yaml', `model: ${base}\nmethod: lora\ntraining:\n  stepz: 3\n`);
    const { code, err } = await tunesmith('train', 'recipe.yaml');
    expect([code, err]).toEqual([
      2,
      expect.stringContaining(
        'recipe.yaml:4: recipe: "training.stepz" is not a known key; nearest: "steps"',
      ),
    ]);
  });

  test('a malformed line of the data, with its line', async () => {
    const recipe = await writeRecipe('steps: 2');
    const rows = (await readFile(join(home, 'rows.jsonl'), 'utf8')).split('\n');
    await write(
      'rows.jsonl',
      [...rows.slice(0, 4), '{"input_ids": [1, 2', ...rows.slice(4)].join('\n'),
    );
    const { code, err } = await tunesmith('train', recipe);
    expect([code, err]).toEqual([2, expect.stringContaining('rows.jsonl:5: ')]);
    expect((await readdir(home)).toSorted()).toEqual(['recipe.yaml', 'rows.jsonl']);
  });

  test('a checkpoint with a tensor missing, by name', async () => {
    await mkdir(join(home, 'broken'));
    await copyFile(join(base, 'config.json'), join(home, 'broken', 'config.json'));
    const { tensors } = await readSafetensors(join(base, 'model.safetensors'));
    const { 'model.norm.weight': _, ...rest } = tensors;
    await writeSafetensors(join(home, 'broken', 'model.safetensors'), rest);
    const { code, err } = await tunesmith('train', await writeRecipe('steps: 2'), 'model=./broken');
    expect([code, err]).toEqual([
      2,
      expect.stringContaining('tensor "model.norm.weight" is missing'),
    ]);
  });

  test('the error is JSON where results are', async () => {
    const { code, err } = await tunesmith(
      'train',
      await writeRecipe('steps: 2'),
      'sede=1',
      '--json',
    );
    expect(code).toBe(2);
    expect(JSON.parse(err)).toMatchObject({
      error: { code: 'invalid-recipe', package: 'tunesmith', nearest: 'seed' },
    });
  });
});

describe('train', () => {
  test('a run is told in plain lines and leaves a folder; a second one must be asked for', async () => {
    const recipe = await writeRecipe('steps: 3');
    const first = await tunesmith('train', recipe);
    expect([first.code, first.err]).toEqual([0, expect.stringContaining('step 3/3  loss ')]);
    expect(first.err).toMatch(/first examples, what is learned between ⟦ and ⟧:\n {2}row 1: .*⟦/);
    expect(first.out).toContain('adapter  run/adapter\nreport   run/report.html');

    const again = await tunesmith('train', recipe);
    expect([again.code, again.err]).toEqual([
      2,
      expect.stringContaining('is not empty; accepted: a new folder, or --resume'),
    ]);

    const replaced = await tunesmith('train', recipe, '--overwrite', '--json');
    expect(replaced.code).toBe(0);
    expect(JSON.parse(replaced.out)).toMatchObject({
      step: 3,
      reason: 'done',
      adapter: join(home, 'run', 'adapter'),
    });
  });

  test('each step is one line of events, type and step first', async () => {
    await tunesmith('train', await writeRecipe('steps: 2'));
    const lines = (await readFile(join(home, 'run', 'events.jsonl'), 'utf8')).trim().split('\n');
    const steps = lines.filter((line) => line.startsWith('{"type":"step","step":'));
    expect(steps.map((line) => Object.keys(JSON.parse(line) as object).slice(0, 6))).toEqual(
      Array.from({ length: 2 }, () => [
        'type',
        'step',
        'loss',
        'grad_norm',
        'learning_rate',
        'supervised_tokens',
      ]),
    );
  });

  test('killed in the middle and resumed, a run ends with the same losses and the same bytes', async () => {
    const recipe = await writeRecipe('steps: 400, checkpoint_every: 3');
    const whole = await tunesmith('train', recipe, 'output=whole');
    expect(whole.code).toBe(0);

    const killAfter = 1500 + Math.floor(Math.random() * 1000);
    const killed = await start(['train', recipe, 'output=killed'], (text, kill) => {
      if (text.includes('step 1/')) setTimeout(() => kill('SIGKILL'), killAfter);
    });
    const resumed =
      killed.signal === 'SIGKILL' ? await tunesmith('train', 'killed', '--resume') : killed;
    expect(resumed.code).toBe(0);

    const losses = async (run: string) => {
      const told = new Map<number, number>();
      for (const line of (await readFile(join(home, run, 'events.jsonl'), 'utf8'))
        .trim()
        .split('\n')) {
        const event = JSON.parse(line) as { type: string; step: number; loss: number };
        if (event.type !== 'step') continue;
        // A step that was told before the kill and again after it must be told alike.
        if (told.has(event.step)) expect(event.loss).toBe(told.get(event.step));
        told.set(event.step, event.loss);
      }
      return [...told];
    };
    expect(await losses('killed')).toEqual(await losses('whole'));
    const adapter = (run: string) =>
      readFile(join(home, run, 'adapter', 'adapter_model.safetensors'));
    expect(await adapter('killed')).toEqual(await adapter('whole'));
  }, 180_000);

  test('Ctrl-C writes a checkpoint and says how to go on', async () => {
    const recipe = await writeRecipe('steps: 100000, checkpoint_every: 0');
    let sent = false;
    const { code, err } = await start(['train', recipe], (text, kill) => {
      if (sent || !text.includes('step 1/')) return;
      sent = true;
      kill('SIGINT');
    });
    expect(err).toContain('stopping after this step');
    expect(err).toMatch(
      /interrupted at step \d+; what was done is kept. To go on:\n {2}tunesmith train run --resume/,
    );
    expect(code).toBe(130);
    expect(await readdir(join(home, 'run', 'checkpoints'))).toHaveLength(1);
    expect(await readdir(join(home, 'run'))).not.toContain('adapter');
  });
});

describe('data', () => {
  const rows = [
    '{"instruction": "Name a color.", "output": "Blue"}',
    '{"instruction": "Name a tree.", "output": ',
    '{"instruction": "Name a bird."}',
    '{"instruction": "", "output": "x"}',
    '{"instruction": "Name a fish.", "input": "fresh water", "output": "Pike"}',
  ].join('\n');

  test('validate names every row that cannot be used, and counts', async () => {
    await write('rows.jsonl', rows);
    const { code, out } = await tunesmith('data', 'validate', 'rows.jsonl', '--format', 'alpaca');
    expect(code).toBe(2);
    expect(out).toContain('rows.jsonl:2: line 2 is not JSON: Unexpected end of JSON input');
    expect(out).toContain('rows.jsonl:3: row: output is missing; accepted: a string');
    expect(out).toContain(
      'rows.jsonl:4: row: instruction is ""; accepted: a string that is not empty',
    );
    expect(out).toContain('2 of 5 rows are usable as alpaca, 3 are not');
  });

  test('validate leaves with 0 where every row is sound', async () => {
    await write('rows.jsonl', rows.split('\n')[0]!);
    const { code, out } = await tunesmith('data', 'validate', 'rows.jsonl', '--json');
    expect([code, JSON.parse(out)]).toEqual([
      0,
      expect.objectContaining({ format: 'alpaca', rows: 1, usable: 1, invalid: [] }),
    ]);
  });

  test('preview shows turns; convert writes them; stats counts them', async () => {
    await write('rows.jsonl', [rows.split('\n')[0], rows.split('\n')[4]].join('\n'));
    expect((await tunesmith('data', 'preview', 'rows.jsonl')).out).toContain(
      'user: Name a fish.\n\nfresh water\nassistant: Pike',
    );
    const converted = await tunesmith(
      'data',
      'convert',
      'rows.jsonl',
      '--to',
      'messages',
      '--out',
      'chat.jsonl',
    );
    expect([converted.code, converted.out]).toEqual([
      0,
      expect.stringContaining('2 rows written to chat.jsonl'),
    ]);
    const first = JSON.parse(
      (await readFile(join(home, 'chat.jsonl'), 'utf8')).split('\n')[0]!,
    ) as { messages: unknown };
    expect(first.messages).toEqual([
      { role: 'user', content: 'Name a color.' },
      { role: 'assistant', content: 'Blue' },
    ]);
    const again = await tunesmith(
      'data',
      'convert',
      'rows.jsonl',
      '--to',
      'messages',
      '--out',
      'chat.jsonl',
    );
    expect([again.code, again.err]).toEqual([
      2,
      expect.stringContaining('chat.jsonl exists; accepted: a new file'),
    ]);
    expect((await tunesmith('data', 'stats', 'chat.jsonl')).out).toContain(
      'format messages (all 2 rows have messages), 2 records',
    );
  });
});

describe('models', () => {
  test.each(['llama_lora', 'llama_prompt'])('logits of %s are those of PEFT', async (adapter) => {
    const expected = join(fixtures, adapter, 'expected.safetensors');
    const { code } = await tunesmith(
      'logits',
      '--model',
      base,
      '--adapter',
      join(fixtures, adapter),
      '--ids',
      expected,
      '--out',
      'logits.safetensors',
    );
    expect(code).toBe(0);
    const ours = (await readSafetensors(join(home, 'logits.safetensors'))).tensors['logits']!;
    const theirs = (await readSafetensors(expected)).tensors['logits']!;
    expect([ours.dtype, ours.shape]).toEqual(['F32', theirs.shape]);
    const difference = Math.max(
      ...Array.from(theirs.data as Float32Array, (value, index) =>
        Math.abs(Number(value) - Number(ours.data[index])),
      ),
    );
    expect(difference).toBeLessThan(1e-4);
  });

  test('a file without input_ids is refused', async () => {
    await writeSafetensors(join(home, 'ids.safetensors'), {
      ids: { dtype: 'int32', shape: [1, 2], data: Int32Array.of(1, 2) },
    });
    const { code, err } = await tunesmith(
      'logits',
      '--model',
      base,
      '--ids',
      'ids.safetensors',
      '--out',
      'x.safetensors',
    );
    expect([code, err]).toEqual([
      2,
      expect.stringContaining(
        'there is no tensor in ids.safetensors named "input_ids"; accepted: ids',
      ),
    ]);
  });

  test('merge writes a model whose logits are those of model and adapter', async () => {
    const adapter = join(fixtures, 'llama_lora');
    const merged = await tunesmith(
      'merge',
      '--model',
      base,
      '--adapter',
      adapter,
      '--out',
      'merged',
    );
    expect([merged.code, merged.out]).toEqual([0, expect.stringContaining('logits agree')]);
    const expected = join(adapter, 'expected.safetensors');
    await tunesmith(
      'logits',
      '--model',
      'merged',
      '--ids',
      expected,
      '--out',
      'logits.safetensors',
    );
    const ours = (await readSafetensors(join(home, 'logits.safetensors'))).tensors['logits']!;
    const theirs = (await readSafetensors(expected)).tensors['logits']!;
    expect(
      Math.max(
        ...Array.from(theirs.data as Float32Array, (value, index) =>
          Math.abs(Number(value) - Number(ours.data[index])),
        ),
      ),
    ).toBeLessThan(1e-4);
  });

  test('a model without a tokenizer cannot answer', async () => {
    const { code, err } = await tunesmith('generate', '--model', base, '--prompt', 'Hello');
    expect([code, err]).toEqual([
      2,
      expect.stringContaining('has no tokenizer; accepted: a folder with tokenizer.json'),
    ]);
  });
});

test('doctor says of each device whether it is available', async () => {
  const { code, out } = await tunesmith('doctor', '--json');
  const { devices } = JSON.parse(out) as {
    devices: { name: string; available: boolean; chosen: boolean }[];
  };
  expect(code).toBe(0);
  expect(devices).toContainEqual(
    expect.objectContaining({
      name: 'cpu',
      available: true,
      chosen: true,
      about: expect.stringMatching(/^products of bytes (are exact|saturate)/) as string,
    }),
  );
});

test('list knows every kind, and refuses others', async () => {
  const { out } = await tunesmith('list', 'method', '--json');
  const methods = builtInMethods.map(({ name }) => name);
  expect((JSON.parse(out) as { name: string }[]).map(({ name }) => name)).toEqual([
    ...methods,
    'full',
    'none',
  ]);
  const { code, err } = await tunesmith('list', 'methods');
  expect([code, err]).toEqual([
    2,
    expect.stringContaining('there is no plugin kind named "methods"; nearest: "method"'),
  ]);
});

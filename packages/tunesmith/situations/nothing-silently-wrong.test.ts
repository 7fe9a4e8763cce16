import { cp, open } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { oneLine, runTo } from './expectations.ts';
import { workplace, type Workplace } from './workplace.ts';

const settings = ['training.steps=100', 'training.checkpoint_every=10'];

let killed: Promise<Workplace> | undefined;

/** A copy of a run of 100 steps that was killed after its first checkpoints. */
async function killedRun(): Promise<Workplace> {
  killed ??= (async () => {
    const place = await workplace();
    const run = place.start(['train', 'recipe.yaml', ...settings]);
    await run.until(/checkpoint at step 30/);
    run.child.kill('SIGKILL');
    await run.ended;
    return place;
  })();
  const place = await workplace();
  await cp((await killed).path('o'), place.path('o'), { recursive: true });
  return place;
}

/** Puts bytes into a file. */
async function patch(file: string, offset: number, content: readonly number[]): Promise<void> {
  const handle = await open(file, 'r+');
  await handle.write(Uint8Array.from(content), 0, content.length, offset);
  await handle.close();
}

describe('going on with a run', () => {
  test('refuses settings that change its numbers, by name', async () => {
    const place = await killedRun();
    for (const [setting, says] of [
      ['method.alpha=32', /method\.alpha was 8 and is 32/],
      ['method.use_rslora=true', /use_rslora was false and is true/],
      ['method.dropout=0.5', /dropout was 0 and is 0\.5/],
      ['training.optimizer.learning_rate=1', /learning_rate was/],
    ] as const) {
      await cp(place.path('o/run'), place.path('o/again'), { recursive: true });
      const words = ['train', 'recipe.yaml', '--resume', 'output=o/again', ...settings, setting];
      oneLine(await place.run(words), 2, says);
      await place.shell('rm -r o/again');
    }
  });

  test.each([
    ['a bit', [0x01]],
    ['a number that is none', [0xff, 0xff, 0xff, 0x7f]],
  ])('notices %s that changed in a checkpoint, and offers the one before', async (_, content) => {
    const place = await killedRun();
    const { out } = await place.shell('ls -d o/run/checkpoints/step-* | sort');
    const newest = out.trim().split('\n').at(-1)!;
    await patch(place.path(`${newest}/parameters.safetensors`), 9000, content);
    const { code, err } = await place.run(['train', 'recipe.yaml', '--resume', ...settings]);
    expect(err).toMatch(/damaged|checksum|changed/);
    expect(err).toMatch(/step-?\s?0*\d+0/);
    expect([0, 2]).toContain(code);
  });
});

describe('numbers that are none', () => {
  test('in the weights of a model', async () => {
    const place = await workplace();
    const model = place.path('nano/model.safetensors');
    const handle = await open(model);
    const { buffer } = await handle.read(Buffer.alloc(8), 0, 8, 0);
    const length = Number(buffer.readBigUInt64LE());
    const head = await handle.read(Buffer.alloc(length), 0, length, 8);
    await handle.close();
    const header = JSON.parse(head.buffer.toString()) as Record<string, { data_offsets: number[] }>;
    const name = 'model.layers.0.mlp.down_proj.weight';
    await patch(model, 8 + length + header[name]!.data_offsets[0]!, Array<number>(200).fill(0xff));
    for (const words of [
      ['generate', '--model', 'nano', '--prompt', 'hi'],
      ['evaluate', '--model', 'nano', '--data', 'mine.jsonl', '--format', 'alpaca', '--limit', '3'],
      ['train', 'recipe.yaml'],
    ]) {
      oneLine(await place.run(words), 2, /down_proj/);
    }
  });

  test('in an adapter, or made by its scale', async () => {
    const place = await workplace();
    runTo(await place.run(['train', 'recipe.yaml']), 0);
    const use = ['generate', '--model', 'nano', '--adapter', 'o/run/adapter', '--prompt', 'hi'];
    const config = await place.read('o/run/adapter/adapter_config.json');
    await place.write(
      'o/run/adapter/adapter_config.json',
      config.replace(/"lora_alpha": *[\d.]+/, '"lora_alpha": 1e308'),
    );
    oneLine(await place.run(use), 2, /alpha|scale|finite/);
    await place.write('o/run/adapter/adapter_config.json', config);
    const { out } = await place.shell('stat -c %s o/run/adapter/adapter_model.safetensors');
    await patch(
      place.path('o/run/adapter/adapter_model.safetensors'),
      Number(out) - 4,
      [0, 0, 0xc0, 0x7f],
    );
    oneLine(await place.run(use), 2, /finite|NaN/);
  });

  test('from a metric', async () => {
    const place = await workplace('metric-returns-nonsense');
    for (const [metric, says] of [
      ['nan', /metric "nan" gave NaN.*\[0, 1\]/],
      ['big', /metric "big" gave 1000000000/],
      ['str', /metric "str" gave "x"/],
      ['asyncm', /metric "asyncm" gave a promise/],
      ['undef', /metric "undef" gave undefined/],
      ['thrower', /metric "thrower".*failed.*metric boom/],
    ] as const) {
      const words = [
        'train',
        'recipe.yaml',
        `output=o/${metric}`,
        'plugins=[./plug.js]',
        'data=[{path: mine.jsonl, format: alpaca, held_out: 0.3}]',
        `evaluation={tasks: [heldout], metrics: [${metric}], max_new_tokens: 3}`,
      ];
      const outcome = await place.run(words);
      oneLine(outcome, 2, says);
    }
  });
});

describe('tokenizers', () => {
  /** A workplace whose model gives a word this id. */
  async function withId(id: unknown): Promise<Workplace> {
    const place = await workplace('tokenizer-ids-wrap-in-training');
    const tokenizer = JSON.parse(await place.read('nano/tokenizer.json')) as {
      model: { vocab: Record<string, unknown> };
    };
    tokenizer.model.vocab['Ġthe'] = id;
    await place.write('nano/tokenizer.json', JSON.stringify(tokenizer));
    return place;
  }

  test.each(['x', 1.5, 2 ** 33, null])('an id of %j is refused', async (id) => {
    const place = await withId(id);
    const words = ['data', 'preview', 'the.jsonl', '--model', 'nano'];
    oneLine(await place.run(words), 2, /Ġthe|token id/);
  });

  test('an id of -1 is refused by every command', async () => {
    const place = await withId(-1);
    for (const words of [
      ['train', 'recipe.yaml'],
      ['generate', '--model', 'nano', '--prompt', 'the sky'],
      ['data', 'preview', 'the.jsonl', '--model', 'nano'],
    ]) {
      oneLine(await place.run(words), 2, /Ġthe|token id/);
    }
  });

  test('ids beyond the tokenizer are never drawn', async () => {
    const place = await workplace('padded-vocabulary');
    const words = [
      'generate',
      '--model',
      '.',
      '--prompt',
      'hi',
      '--temperature',
      '1',
      '--seed',
      '1',
    ];
    const outcome = await place.run([...words, '--max-new-tokens', '40']);
    runTo(outcome, 0);
    expect(outcome.out.trim()).not.toBe('');
  });

  test('a special token is a stop text like any other', async () => {
    const place = await workplace();
    const words = ['generate', '--model', 'nano', '--raw', '--stop', '<|im_start|>', '--json'];
    const prompt = '<|im_start|>user\nName a color.<|im_end|>\n';
    const { out } = await place.run([...words, '--max-new-tokens', '30', '--prompt', prompt]);
    expect(JSON.parse(out)).toMatchObject([{ text: '', finishReason: 'stop' }]);
  });

  test('control tokens inside texts are counted', async () => {
    const place = await workplace('control-tokens-in-data');
    const preview = await place.run(['data', 'preview', 'special.jsonl', '--model', 'nano']);
    expect(preview.out + preview.err).toMatch(/control token/);
    const training = await place.run(['train', 'recipe.yaml']);
    runTo(training, 0);
    expect(training.err).toMatch(/warning: .*control token/);
  });
});

describe('rows', () => {
  test('that cannot be used are said, with their lines', async () => {
    const place = await workplace('unusable-rows-unsaid', 'unusable-row-without-a-line');
    const validated = await place.run(['data', 'validate', 'order.jsonl']);
    for (const line of [2, 3, 4])
      expect(validated.out + validated.err).toContain(`order.jsonl:${line}`);
    const trained = await place.run(['train', 'recipe.yaml', 'data=[{path: order.jsonl}]']);
    runTo(trained, 0);
    expect(trained.err).toMatch(/warning: .*3 .*order\.jsonl:2/);
    expect(await place.read('o/run/events.jsonl')).toMatch(/"type":"warning".*order\.jsonl:2/);
    const messages = await place.run(['data', 'validate', 'messages.jsonl']);
    for (const line of [1, 2, 3, 4, 5])
      expect(messages.out + messages.err).toContain(`messages.jsonl:${line}`);
  });

  test('a format that cannot be told does not hide what is wrong with the file', async () => {
    const place = await workplace('format-detection-hides-the-fault');
    for (const file of ['comma.jsonl', 'nan.jsonl', 'two.jsonl', 'ragged.csv']) {
      const { out, err, code } = await place.run(['data', 'validate', file]);
      expect(out + err, file).toMatch(/:\d|line \d/);
      expect(out + err, file).not.toContain('no rows to tell the format by');
      expect([1, 2], file).toContain(code);
    }
    for (const file of ['array.jsonl', 'cr.jsonl']) {
      const { out, err } = await place.run(['data', 'validate', file]);
      expect(out + err, file).not.toContain('no rows to tell the format by');
    }
  });

  test('what a target format cannot hold is counted', async () => {
    const place = await workplace('convert-loses');
    const dropped = await place.run([
      'data',
      'convert',
      'weight0.jsonl',
      '--to',
      'alpaca',
      '--out',
      'a.jsonl',
    ]);
    const written = (await place.exists('a.jsonl')) ? await place.read('a.jsonl') : '';
    if (written.includes('Yo.'))
      expect(dropped.out + dropped.err).toMatch(/not learned|weight|train/);
    else expect(dropped.out + dropped.err).toMatch(/1 dropped|dropped/);
    runTo(
      await place.run(['data', 'convert', 'tools.jsonl', '--to', 'messages', '--out', 't.jsonl']),
      0,
    );
    expect(JSON.parse(await place.read('t.jsonl'))).toHaveProperty(
      'tools[0].function.name',
      'weather',
    );
  });

  test('empty answers are counted', async () => {
    const place = await workplace('empty-answers-trained-in-silence');
    const { err } = await place.run(['train', 'recipe.yaml']);
    expect(err).toMatch(/warning: .*4 of 4.*empty/i);
  });

  test('held-out instances that stand in the training data are counted and left out of it', async () => {
    const place = await workplace('heldout-in-training-data');
    for (const recipe of ['dups.yaml', 'same-file.yaml']) {
      const { code, err } = await place.run(['train', recipe, `output=o/${recipe}`]);
      expect(err, recipe).toMatch(/held.out/);
      expect([0, 2], err).toContain(code);
    }
  });
});

describe('chat', () => {
  test('goes on when the context is full, and says that old turns leave', async () => {
    const place = await workplace();
    const input = 'tell me more and more about it please\n'.repeat(45);
    const outcome = await place.run(['chat', '--model', 'nano', '--max-new-tokens', '40'], {
      input,
      limit: 120,
    });
    runTo(outcome, 0);
    expect(outcome.err).toMatch(/left out|forgotten|oldest|leave/);
  });
});

test('ten instances are enough for a verdict, fewer are said to be too few', async () => {
  const place = await workplace('ten-instances-and-no-verdict');
  const trained = await place.run(['train', 'recipe.yaml']);
  runTo(trained, 0);
  expect(trained.out).toMatch(/Not judged: heldout-.*at least 10 instances/);
  const measured = await place.run(['evaluate', 'o/run']);
  expect(measured.out).not.toContain('chance');
});

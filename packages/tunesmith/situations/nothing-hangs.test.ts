import { chmod, cp } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { oneLine, runTo, terminalControls } from './expectations.ts';
import { workplace, type Workplace } from './workplace.ts';

const train = (place: Workplace, ...settings: string[]) =>
  place.run(['train', 'recipe.yaml', ...settings], { limit: 30 });

describe('numbers that no machine can serve', () => {
  test.each([
    ['training.batch_size=1000000000'],
    ['training.batch_size=10000', 'training.max_length=1024'],
    ['training.gradient_accumulation=1000000000'],
    ['threads=100000'],
    ['method.r=1000000000'],
    ['method={name: adapter, size: 1000000000}'],
    ['training.epochs=1e18', 'training.steps='],
  ])('%s', async (...settings) => {
    const place = await workplace();
    oneLine(await train(place, ...settings), 2);
  });

  test('threads of a command', async () => {
    const place = await workplace();
    const words = ['generate', '--model', 'nano', '--threads', '1000000', '--prompt', 'hi'];
    oneLine(await place.run(words, { limit: 30 }), 2);
  });

  test.each(['num_hidden_layers', 'vocab_size', 'hidden_size', 'num_attention_heads'])(
    'a config.json with 1,000,000,000 for %s',
    async (key) => {
      const place = await workplace();
      const config = JSON.parse(await place.read('nano/config.json')) as Record<string, unknown>;
      await place.write('nano/config.json', JSON.stringify({ ...config, [key]: 1e9 }));
      oneLine(await place.run(['generate', '--model', 'nano', '--prompt', 'hi'], { limit: 30 }), 2);
    },
  );
});

describe('patterns that backtrack for ever', () => {
  const evil = '([a-z._0-9]+)+X';

  test('in an adapter', async () => {
    const place = await workplace();
    runTo(await train(place), 0);
    for (const change of [{ target_modules: evil }, { rank_pattern: { [evil]: 4 } }]) {
      await cp(place.path('o/run/adapter'), place.path('a'), { recursive: true });
      const config = JSON.parse(await place.read('o/run/adapter/adapter_config.json')) as object;
      await place.write('a/adapter_config.json', JSON.stringify({ ...config, ...change }));
      const words = ['generate', '--model', 'nano', '--adapter', 'a', '--prompt', 'hi'];
      const outcome = await place.run([...words, '--max-new-tokens', '1'], { limit: 30 });
      expect([0, 2], outcome.err).toContain(outcome.code);
    }
  });

  test('in a recipe', async () => {
    const place = await workplace();
    const outcome = await train(place, `method.rank_pattern={"${evil}": 4}`);
    expect([0, 2], outcome.err).toContain(outcome.code);
  });

  test('in a tokenizer', async () => {
    const place = await workplace();
    const tokenizer = JSON.parse(await place.read('nano/tokenizer.json')) as object;
    const pattern = { Regex: '(a+)+$' };
    const pre_tokenizer = { type: 'Split', pattern, behavior: 'Isolated', invert: false };
    await place.write('nano/tokenizer.json', JSON.stringify({ ...tokenizer, pre_tokenizer }));
    const words = ['generate', '--model', 'nano', '--max-new-tokens', '1', '--prompt'];
    const outcome = await place.run([...words, `${'a'.repeat(37)}!`], { limit: 30 });
    expect([0, 2], outcome.err).toContain(outcome.code);
  });

  test('in a chat template: a loop without end', async () => {
    const place = await workplace();
    const template =
      '{% for a in range(1000000000) %}{% for b in range(1000000000) %}x{% endfor %}{% endfor %}';
    await place.write('nano/chat_template.jinja', template);
    const words = ['generate', '--model', 'nano', '--prompt', 'hi'];
    oneLine(await place.run(words, { limit: 30 }), 2);
  });
});

describe('output that goes away', () => {
  test('does not end training', async () => {
    const place = await workplace();
    const line = 'T train recipe.yaml training.steps=60 training.checkpoint_every=0 2>&1 | head -5';
    await place.shell(line);
    expect(await place.exists('o/run/adapter/adapter_model.safetensors')).toBe(true);
    expect(await place.exists('o/run/report.html')).toBe(true);
  });

  test.each([
    ["T generate --model nano --prompt 'tell me a story' | head -c 3 >/dev/null"],
    ['T list > /dev/full'],
    ['T list 2>&1 | true'],
    ['T data preview big.jsonl --limit 300 | head -1 > /dev/null'],
    ['T data preview big.jsonl --limit 300 --json | head -c 5 > /dev/null'],
  ])('ends a command quietly: %s', async (line) => {
    const place = await workplace();
    const row = JSON.stringify({ instruction: 'a '.repeat(400), output: 'b' });
    await place.write('big.jsonl', `${row}\n`.repeat(400));
    const { err, code } = await place.shell(`${line}; echo \${PIPESTATUS[0]}`);
    expect(err).not.toMatch(/ {4}at |EPIPE|Unhandled/);
    expect(code).toBe(0);
  });

  test('a hang-up writes a checkpoint first', async () => {
    const place = await workplace();
    const run = place.start([
      'train',
      'recipe.yaml',
      'training.steps=3000',
      'training.checkpoint_every=0',
    ]);
    await run.until(/step \d/);
    run.child.kill('SIGHUP');
    await run.ended;
    const { out } = await place.shell('ls o/run/checkpoints');
    expect(out).toMatch(/step-\d+/);
  });
});

describe('time in proportion to size', () => {
  test('a line of 40 MB', async () => {
    const place = await workplace();
    const row = JSON.stringify({ instruction: 'a'.repeat(4e7), output: 'b' });
    await place.write('long.jsonl', `${row}\n`);
    const outcome = await place.run(['data', 'validate', 'long.jsonl'], { limit: 15 });
    runTo(outcome, 0);
  });

  test('100,000 columns', async () => {
    const place = await workplace();
    const names = Array.from({ length: 1e5 }, (_, i) => `c${i}`).join(',');
    await place.write('wide.csv', `instruction,output,${names}\na,b${','.repeat(1e5)}\n`);
    const words = ['data', 'validate', 'wide.csv', '--format', 'alpaca'];
    runTo(await place.run(words, { limit: 15 }), 0);
  });
});

describe('errors arrive as ours', () => {
  test('plugins that are none, throw, or are a folder', async () => {
    const place = await workplace('uncaught-with-a-stack');
    for (const plugin of ['/etc/passwd', './throws.js', '.', './missing.js'])
      oneLine(await train(place, `plugins=[${plugin}]`), 2);
  });

  test('an output folder that cannot be written', async () => {
    const place = await workplace();
    await place.write('file', '');
    oneLine(await train(place, 'output=file/x'), 2);
    oneLine(await train(place, `output=${'x'.repeat(300)}`), 2);
    oneLine(await train(place, 'output=/proc/x'), 2);
  });

  test('a recipe that is a folder, bytes, a list, nothing', async () => {
    const place = await workplace();
    await place.write('list.yaml', '- 1\n- 2\n');
    await place.write('empty.yaml', '');
    await place.write('bytes.yaml', new Uint8Array([0xff, 0xfe, 0, 1, 2]));
    for (const recipe of ['nano', 'list.yaml', 'empty.yaml', 'bytes.yaml', 'none.yaml'])
      oneLine(await place.run(['train', recipe]), 2);
  });

  test('a tensor named __proto__', async () => {
    const place = await workplace();
    const header = Buffer.from('{"__proto__":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}');
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    await place.write('nano/model.safetensors', Buffer.concat([length, header]));
    oneLine(await place.run(['generate', '--model', 'nano', '--prompt', 'hi']), 2);
  });

  test('settings and keys named __proto__ are unknown keys', async () => {
    const place = await workplace('proto-override-silent');
    for (const setting of [
      'training.__proto__.steps=7',
      '__proto__={"seed": 5}',
      'constructor.prototype.x=1',
    ])
      oneLine(await train(place, setting), 2, /__proto__|constructor/);
    oneLine(await place.run(['train', 'proto.yaml']), 2, /__proto__/);
  });
});

describe('control characters never reach a terminal', () => {
  test('from data, recipes and answers', async () => {
    const place = await workplace('terminal-escapes');
    const said = [
      await place.run(['data', 'preview', 'ansi.jsonl']),
      await place.run(['data', 'preview', 'ansi.jsonl', '--model', 'nano']),
      await place.run(['data', 'validate', 'ansirow.jsonl', '--format', 'alpaca']),
      await place.run(['train', 'ansi.yaml']),
      await place.run(['train', 'recipe.yaml', 'data=[{path: ansi.jsonl, format: alpaca}]']),
      await place.run(['train', 'recipe.yaml', 'model=\u001b[31mred']),
    ];
    for (const { out, err } of said) {
      expect(out).not.toMatch(terminalControls);
      expect(err).not.toMatch(terminalControls);
    }
    expect(said[0]!.out).toContain('\\u001b');
  });
});

describe('signals', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)('%s ends a run in good order', async (signal) => {
    const place = await workplace();
    const run = place.start([
      'train',
      'recipe.yaml',
      'training.steps=100000',
      'training.checkpoint_every=0',
    ]);
    await run.until(/step \d/);
    run.child.kill(signal);
    const { code, seconds } = await run.ended;
    expect([130, 143, null]).toContain(code);
    expect(seconds).toBeLessThan(30);
  });
});

test('a file without read permission is an error of one line', async ({ skip }) => {
  if (process.getuid?.() === 0) skip('root reads every file');
  const place = await workplace();
  await chmod(place.path('mine.jsonl'), 0o000);
  oneLine(await train(place), 2);
});

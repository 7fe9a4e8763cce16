import { cp, readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readSafetensors, writeSafetensors } from '@tunesmith/models/node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { oneLine, runTo } from './expectations.ts';
import { workplace, type Workplace } from './workplace.ts';

async function bytes(place: Workplace, name: string): Promise<string> {
  return (await readFile(place.path(name))).toString('base64');
}

describe('what a job reads is never deleted or written over', () => {
  test('an output folder that holds the model, with --overwrite', async () => {
    const place = await workplace();
    await cp(place.path('nano'), place.path('model'), { recursive: true });
    const recipe = await place.read('recipe.yaml');
    const words = ['train', 'recipe.yaml', 'model=./model', 'output=.', '--overwrite'];
    oneLine(await place.run(words), 2, /not-a-run|will not be overwritten|reads|holds/);
    expect(await place.exists('model/model.safetensors')).toBe(true);
    expect(await place.read('recipe.yaml')).toBe(recipe);
  });

  test('an output folder inside the model, and one that is the model', async () => {
    const place = await workplace();
    for (const output of ['nano', 'nano/.', 'nano/../nano']) {
      const words = ['train', 'recipe.yaml', `output=${output}`, '--overwrite'];
      oneLine(await place.run(words), 2);
    }
    expect(await place.exists('nano/model.safetensors')).toBe(true);
  });

  test('logits do not replace the weights, nor the ids they were computed from', async () => {
    const place = await workplace('logits-overwrites-weights');
    for (const out of ['nano/model.safetensors', 'ids.safetensors']) {
      const before = await bytes(place, out);
      const words = ['logits', '--model', 'nano', '--ids', 'ids.safetensors', '--out', out];
      oneLine(await place.run(words), 2, /is read/);
      expect(await bytes(place, out)).toBe(before);
    }
    runTo(
      await place.run([
        'logits',
        '--model',
        'nano',
        '--ids',
        'ids.safetensors',
        '--out',
        'new.safetensors',
      ]),
      0,
    );
  });

  test('going on with an adapter into the folder of its own run', async () => {
    const place = await workplace();
    runTo(await place.run(['train', 'recipe.yaml']), 0);
    const again = ['train', 'recipe.yaml', 'method=', 'adapter.from=o/run/adapter', '--overwrite'];
    const outcome = await place.run(again);
    expect([0, 2]).toContain(outcome.code);
    expect(await place.exists('o/run/adapter/adapter_model.safetensors')).toBe(true);
  });

  test('a folder that somebody else filled is no run', async () => {
    const place = await workplace();
    await place.shell(
      'mkdir -p mine/adapter && echo notes > mine/recipe.yaml && echo x > mine/adapter/x',
    );
    oneLine(await place.run(['train', 'recipe.yaml', 'output=mine', '--overwrite']), 2);
    expect(await place.read('mine/recipe.yaml')).toBe('notes\n');
    expect(await place.exists('mine/adapter/x')).toBe(true);
  });
});

describe('several processes and one folder', () => {
  test.each([
    ['that an earlier run filled', true],
    ['that is new', false],
  ])(
    'of three that write at once into one %s, one goes on and the others are told',
    { timeout: 240_000 },
    async (_, filled) => {
      const place = await workplace();
      if (filled) runTo(await place.run(['train', 'recipe.yaml']), 0);
      const words = [
        'train',
        'recipe.yaml',
        'training.steps=200',
        ...(filled ? ['--overwrite'] : []),
      ];
      const outcomes = await Promise.all([1, 2, 3].map(() => place.start(words).ended));
      const [done, ...told] = outcomes.toSorted((one, other) => one.code! - other.code!);
      runTo(done!, 0);
      for (const outcome of told) oneLine(outcome, 2, /another process \(\d+\) is writing the run/);
      expect(done!.out).toMatch(/200 steps/);
      expect(await place.exists('o/run/report.html')).toBe(true);
      expect(await place.exists('o/run/run.lock')).toBe(false);
    },
  );
});

describe('the folder named is the run', () => {
  test('a copied run is resumed where it lies now', async () => {
    const place = await workplace();
    runTo(await place.run(['train', 'recipe.yaml', 'training.checkpoint_every=1']), 0);
    await cp(place.path('o/run'), place.path('copy'), { recursive: true });
    const before = await place.read('o/run/events.jsonl');
    await place.run(['train', 'copy', '--resume', 'training.steps=3']);
    expect(await place.read('o/run/events.jsonl')).toBe(before);
    expect(await place.read('copy/events.jsonl')).not.toBe(before);
  });

  test('--resume and --overwrite together say what to choose', async () => {
    const place = await workplace();
    runTo(await place.run(['train', 'recipe.yaml']), 0);
    oneLine(
      await place.run(['train', 'o/run', '--resume', '--overwrite']),
      2,
      /resume.*overwrite/s,
    );
    expect(await place.exists('o/run/adapter')).toBe(true);
  });

  test('a second process is told that the folder is in use', async () => {
    const place = await workplace();
    const first = place.start([
      'train',
      'recipe.yaml',
      'training.steps=3000',
      'training.checkpoint_every=0',
    ]);
    await first.until(/step \d/);
    for (const flag of ['--resume', '--overwrite']) {
      const words = [
        'train',
        'recipe.yaml',
        'training.steps=3000',
        'training.checkpoint_every=0',
        flag,
      ];
      oneLine(await place.run(words), 2, /in use|another|process/);
    }
    first.child.kill('SIGKILL');
    await first.ended;
    runTo(await place.run(['train', 'recipe.yaml', '--overwrite']), 0);
  });
});

describe('answers that were paid for', () => {
  let server: Server;
  let [asked, most] = [0, 0];
  let held: () => void;
  beforeAll(async () => {
    server = createServer((request, response) => {
      request.resume().on('end', () => {
        // What comes after the last that is answered waits for ever: until the process is killed that asks.
        if (++asked > most) return held();
        const message = { role: 'assistant', content: '5' };
        const usage = { prompt_tokens: 10, completion_tokens: 1 };
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify({ choices: [{ message, finish_reason: 'stop' }], usage }));
      });
    });
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  });
  afterAll(() => {
    server.close();
    server.closeAllConnections();
  });

  test('outlive a killed run, and another recipe in its place', async () => {
    const place = await workplace();
    const { port } = server.address() as AddressInfo;
    const judge = { name: 'openai', model: 'm', base_url: `http://127.0.0.1:${port}/v1` };
    const words = [
      'train',
      'recipe.yaml',
      `filters=${JSON.stringify([{ name: 'judged', judge }])}`,
      'at_once=1',
    ];
    most = 4;
    const waiting = new Promise<void>((wait) => (held = wait));
    const first = place.start(words);
    await waiting;
    const kept = async () => (await place.read('o/run/answers.jsonl')).split('\n').length - 1;
    await expect.poll(kept, { timeout: 10_000 }).toBe(4);
    first.child.kill('SIGKILL');
    await first.ended;
    oneLine(await place.run([...words, '--resume']), 2, /without --resume.*answers.*stay/);
    [asked, most] = [0, 100];
    runTo(await place.run(words), 0);
    const again = asked;
    runTo(await place.run([...words, 'training.steps=1', '--overwrite']), 0);
    expect([again, asked, await kept()]).toEqual([26, 26, 30]);
  });
});

describe('what is written is what was checked', () => {
  test('weights that float16 cannot hold are not written', async () => {
    const place = await workplace();
    const { tensors } = await readSafetensors(place.path('nano/model.safetensors'));
    const name = 'model.layers.0.mlp.gate_proj.weight';
    const { shape, dtype, data } = tensors[name]!;
    const values = (data as { slice(): typeof data }).slice();
    // 300,000 in bfloat16 or float32: far beyond the 65,504 of float16
    if (dtype === 'BF16') (values as Uint16Array)[0] = 0x4893;
    else (values as Float32Array)[0] = 3e5;
    await cp(place.path('nano'), place.path('big'), { recursive: true });
    await writeSafetensors(place.path('big/model.safetensors'), {
      ...tensors,
      [name]: { shape, dtype, data: values },
    } as Parameters<typeof writeSafetensors>[1]);
    runTo(await place.run(['train', 'recipe.yaml', 'model=big']), 0);
    const words = ['merge', '--model', 'big', '--adapter', 'o/run/adapter', '--dtype', 'float16'];
    const refused = await place.run([...words, '--out', 'merged']);
    expect([1, 2]).toContain(refused.code);
    expect(refused.err).toMatch(/finite|agree|float16/);
    expect(await place.exists('merged/model.safetensors')).toBe(false);
  });
});

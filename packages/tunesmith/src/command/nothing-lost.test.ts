import { spawn } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { overlayWeights } from '@tunesmith/models';
import { loadModel, saveModel, writeSafetensors } from '@tunesmith/models/node';
import { beforeEach, describe, expect, test } from 'vitest';

// The built command, as a user runs it.
const command = fileURLToPath(new URL('../../bin/tunesmith.js', import.meta.url));
const fixtures = fileURLToPath(new URL('../../../testing/fixtures/peft', import.meta.url));

interface Outcome {
  code: number | null;
  out: string;
  err: string;
}

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'nothing-lost-'));
  await cp(join(fixtures, 'base_llama'), join(home, 'model'), { recursive: true });
});

function start(words: readonly string[], onError: (text: string) => void = () => {}) {
  const child = spawn(process.execPath, [command, ...words], {
    cwd: home,
    env: { ...process.env, NO_COLOR: '1' },
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (data: Buffer) => (out += data.toString()));
  child.stderr.on('data', (data: Buffer) => {
    err += data.toString();
    onError(err);
  });
  child.stdin.end();
  const outcome = new Promise<Outcome>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, out, err }));
  });
  return { child, outcome };
}

const tunesmith = (...words: string[]) => start(words).outcome;

async function writeRecipe(steps: number, output = 'run'): Promise<void> {
  const rows = Array.from({ length: 10 }, (_, row) => {
    const ids = Array.from({ length: 8 }, (__, place) => 3 + ((row * 11 + place * 5) % 60));
    return JSON.stringify({ input_ids: ids, labels: ids });
  });
  await writeFile(join(home, 'rows.jsonl'), `${rows.join('\n')}\n`);
  await writeFile(
    join(home, 'recipe.yaml'),
    `model: ./model\ndata: [{ path: rows.jsonl, format: tokenized }]\nmethod: { name: lora, r: 2 }\ntraining: { steps: ${steps}, batch_size: 2, max_length: 16, checkpoint_every: 5 }\noutput: ${output}\n`,
  );
}

const bytes = (name: string) => readFile(join(home, name), 'base64');

describe('outputs', () => {
  test('a run never takes the place of the model and the recipe that it reads', async () => {
    await writeRecipe(2, '.');
    const before = [await bytes('model/model.safetensors'), await bytes('recipe.yaml')];
    const { code, err } = await tunesmith('train', 'recipe.yaml', '--overwrite');
    expect([code, err]).toEqual([
      2,
      expect.stringContaining('it will not be overwritten; it holds the model, the data'),
    ]);
    expect([await bytes('model/model.safetensors'), await bytes('recipe.yaml')]).toEqual(before);
  });

  test('logits go to a new file, outside of what is read', async () => {
    const ids = { input_ids: { dtype: 'int32' as const, shape: [1, 3], data: new Int32Array(3) } };
    await writeSafetensors(join(home, 'ids.safetensors'), ids);
    const read = ['model/model.safetensors', 'ids.safetensors'];
    const before = await Promise.all(read.map(bytes));
    const logits = (out: string) =>
      tunesmith('logits', '--model', 'model', '--ids', 'ids.safetensors', '--out', out);
    for (const out of [...read, 'model/new.safetensors']) {
      const { code, err } = await logits(out);
      expect([code, err]).toEqual([2, expect.stringContaining('so nothing is written there')]);
    }
    expect(await Promise.all(read.map(bytes))).toEqual(before);
    expect((await logits('logits.safetensors')).code).toBe(0);
    expect((await logits('logits.safetensors')).err).toContain('logits.safetensors exists');
  });

  test('data are never converted onto themselves', async () => {
    await writeRecipe(2);
    const before = await bytes('rows.jsonl');
    const words = ['data', 'convert', 'rows.jsonl', '--to', 'tokenized', '--out', './rows.jsonl'];
    const { code, err } = await tunesmith(...words, '--overwrite');
    expect([code, err]).toEqual([2, expect.stringContaining('is the data file that is read')]);
    expect(await bytes('rows.jsonl')).toBe(before);
  });

  test('a merge that the stored type cannot hold leaves nothing behind', async () => {
    const model = await loadModel(join(home, 'model'));
    const name = 'model.layers.0.mlp.gate_proj.weight';
    const tensor = await model.weights.read(name);
    const data = Float32Array.from(tensor.data);
    data[0] = 3e5;
    const weights = overlayWeights(model.weights, { [name]: { ...tensor, data } });
    await saveModel({ ...model, weights }, join(home, 'big'));
    await writeRecipe(2);
    expect((await tunesmith('train', 'recipe.yaml', 'model=big')).code).toBe(0);
    const before = await readdir(home);
    const words = ['merge', '--model', 'big', '--adapter', 'run/adapter', '--out', 'merged'];
    const { code, err } = await tunesmith(...words, '--dtype', 'float16');
    expect([code, err]).toEqual([
      1,
      expect.stringContaining(`tensor "${name}" holds 300000 at 0, which float16 cannot hold`),
    ]);
    expect(await readdir(home)).toEqual(before);
    expect((await tunesmith(...words, '--dtype', 'bfloat16')).code).toBe(0);

    const other = await tunesmith('merge', ...words.slice(1, -1), 'other', '--model', 'model');
    expect(other.err).toContain('was made for another base model');
  }, 60_000);
});

describe('a run that was killed', () => {
  test('is guarded while it runs, is no obstacle after it, and goes on as it was', async () => {
    await writeRecipe(4000);
    let onCheckpoint = (): void => {};
    const reached = new Promise<void>((resolve) => (onCheckpoint = resolve));
    const first = start(['train', 'recipe.yaml'], (text) => {
      if (text.includes('checkpoint at step 15')) onCheckpoint();
    });
    await reached;
    for (const flag of ['--resume', '--overwrite']) {
      const { code, err } = await tunesmith('train', 'recipe.yaml', flag);
      expect([code, err]).toEqual([
        2,
        expect.stringMatching(/another process \(\d+\) is writing the run/),
      ]);
    }
    first.child.kill('SIGKILL');
    await first.outcome;
    await cp(join(home, 'run'), join(home, 'copy'), { recursive: true });

    const changed = await tunesmith('train', 'recipe.yaml', '--resume', 'method.alpha=32');
    expect([changed.code, changed.err]).toEqual([
      2,
      expect.stringMatching(/: method\.alpha was \d+ and is 32; accepted/),
    ]);

    const checkpoints = join(home, 'copy', 'checkpoints');
    const newest = (await readdir(checkpoints)).toSorted().at(-1)!;
    const path = join(checkpoints, newest, 'parameters.safetensors');
    const damaged = await readFile(path);
    damaged[damaged.length - 40]! ^= 1;
    await writeFile(path, damaged);
    let isTold = false;
    const again = start(['train', 'copy', '--resume'], (text) => {
      if (isTold || !text.includes('checkpoint at step')) return;
      isTold = true;
      again.child.kill('SIGINT');
    });
    const { code, err } = await again.outcome;
    expect(code).toBe(130);
    expect(err).toMatch(
      new RegExp(
        `warning: checkpoint .*${newest} is damaged: parameters\\.safetensors is not as it was written.*from the checkpoint before it`,
      ),
    );
    expect(err).toContain('tunesmith train copy --resume');
  }, 120_000);
});

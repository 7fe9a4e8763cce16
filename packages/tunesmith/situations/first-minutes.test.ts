import { expect, test } from 'vitest';
import { runTo } from './expectations.ts';
import { workplace } from './workplace.ts';

test('the nano model is found by its name from any folder', async () => {
  const place = await workplace('nano-not-found-in-a-clone');
  runTo(await place.run(['train', 'recipe.yaml']), 0);
});

test('init writes something that trains at once', async () => {
  const place = await workplace();
  runTo(await place.run(['init', 'mine']), 0);
  const { code, err, out } = await place.shell('cd mine && T train recipe.yaml training.steps=3', {
    limit: 120,
  });
  expect(code, err + out).toBe(0);
});

test('a run is a model: chat, generate, evaluate and merge take its folder', async () => {
  const place = await workplace();
  runTo(await place.run(['train', 'recipe.yaml', 'data=[{path: mine.jsonl, held_out: 0.4}]']), 0);
  runTo(await place.run(['generate', 'o/run', '--prompt', 'hi', '--max-new-tokens', '2']), 0);
  runTo(await place.run(['chat', 'o/run', '--max-new-tokens', '2'], { input: 'hi\n' }), 0);
  runTo(await place.run(['evaluate', 'o/run']), 0);
  runTo(await place.run(['merge', 'o/run', '--out', 'merged']), 0);
  runTo(await place.run(['report', 'o/run']), 0);
});

test('list names full fine-tuning and no tuning among the methods', async () => {
  const place = await workplace();
  const { out } = await place.run(['list', 'method']);
  expect(out).toMatch(/^method +full\b/m);
  expect(out).toMatch(/^method +none\b/m);
});

test('naming another method replaces the one of the recipe', async () => {
  const place = await workplace();
  runTo(await place.run(['train', 'recipe.yaml', 'method.name=bitfit']), 0);
});

test('a finished run can be lengthened', async () => {
  const place = await workplace();
  runTo(await place.run(['train', 'recipe.yaml']), 0);
  const longer = await place.run(['train', 'o/run', '--resume', 'training.steps=4']);
  runTo(longer, 0);
  expect(longer.err).toMatch(/schedule/);
});

test('folders on the way to an output are made', async () => {
  const place = await workplace();
  runTo(await place.run(['train', 'recipe.yaml']), 0);
  runTo(await place.run(['report', 'o/run', '--out', 'a/b/report.html']), 0);
  const convert = ['data', 'convert', 'mine.jsonl', '--to', 'messages'];
  runTo(await place.run([...convert, '--out', 'c/d/rows.jsonl']), 0);
  expect(await place.exists('a/b/report.html')).toBe(true);
  expect(await place.exists('c/d/rows.jsonl')).toBe(true);
});

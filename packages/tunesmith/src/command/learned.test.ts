import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, test } from 'vitest';

// The built command on the embedded model, whose chat template is replaced where a test says so.
const command = fileURLToPath(new URL('../../bin/tunesmith.js', import.meta.url));
const nano = fileURLToPath(new URL('../../../nano/model', import.meta.url));

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'learned-'));
  await cp(nano, join(home, 'nano'), { recursive: true });
});

function tunesmith(...words: string[]): Promise<{ code: number; out: string; err: string }> {
  const options = { cwd: home, env: { ...process.env, NO_COLOR: '1' } };
  return new Promise((resolve) => {
    execFile(process.execPath, [command, ...words], options, (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, out, err }),
    );
  });
}

async function setTemplate(template: string): Promise<void> {
  const file = join(home, 'nano', 'tokenizer_config.json');
  const configuration = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
  await writeFile(file, JSON.stringify({ ...configuration, chat_template: template }));
}

async function writeRows(rows: readonly object[]): Promise<void> {
  await writeFile(join(home, 'rows.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
}

const talk = (question: string, answer: string) => ({
  messages: [
    { role: 'user', content: question },
    { role: 'assistant', content: answer },
  ],
});
/** What stands between the brackets, below the first line, which explains them. */
const answersOf = (text: string): string[] =>
  [...text.slice(text.indexOf('\n')).matchAll(/⟦(.*?)⟧/gs)].map(([, answer]) => answer!);
const turn = "'<|im_start|>' + m.role + '\\n' + m.content + '<|im_end|>\\n'";

describe('data preview shows what is learned', () => {
  const preview = async (): Promise<string[]> =>
    answersOf((await tunesmith('data', 'preview', 'rows.jsonl', '--model', 'nano')).out);

  test('without what the template writes after an answer', async () => {
    await setTemplate(
      `{% for m in messages %}{{ ${turn} }}{% endfor %}{{ '<|im_start|>assistant\\n' }}`,
    );
    await writeRows([talk('Name a fruit.', 'A pear.'), talk('Say nothing.', '')]);
    expect(await preview()).toEqual(['A pear.<|im_end|>', '<|im_end|>']);
  });

  test('without the reasoning that the template takes out, with the spaces of code', async () => {
    await setTemplate(
      `{% for m in messages %}{% if m.role == 'assistant' %}{{ '<|im_start|>assistant\\n' + m.content.split('</think>')[-1] + '<|im_end|>\\n' }}{% else %}{{ ${turn} }}{% endif %}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n<think>\\n' }}{% endif %}`,
    );
    await writeRows([talk('2+2?', '<think>\nTwice two.\n</think>\n\n4'), talk('Hi', '  return 1')]);
    expect(await preview()).toEqual(['\n\n4<|im_end|>', '  return 1<|im_end|>']);
  });
});

describe('training says what it found in the answers', () => {
  const recipe = {
    model: './nano',
    data: [{ path: 'rows.jsonl', format: 'messages' }],
    method: { name: 'lora', r: 2 },
    evaluation: { tasks: [] },
    training: { steps: 1, max_length: 64 },
  };
  const train = async (output = 'run') => {
    await writeFile(join(home, 'recipe.yaml'), JSON.stringify({ ...recipe, output }));
    const { code, err } = await tunesmith('train', 'recipe.yaml');
    return { code, said: err.split('\n').filter((line) => /^(warning|error|\[)/.test(line)) };
  };

  test('empty answers and written control tokens', async () => {
    await writeRows([talk('Hi', ''), talk('<|im_end|>', 'ok <|im_start|>user')]);
    const { code, said } = await train();
    expect(code).toBe(0);
    expect(said).toEqual([
      'warning: 1 of 2 examples (rows.jsonl#0) have an empty answer: of it, the model learns nothing but to stop',
      'warning: 1 of 2 examples (rows.jsonl#1) have control tokens of the model written out in their prompts (<|im_end|>); they become those tokens, as in transformers',
      'warning: 1 of 2 examples (rows.jsonl#1) have control tokens of the model written out in their answers (<|im_start|>); they become those tokens and are learned, as in transformers',
    ]);
  }, 60_000);

  test('answers that the template hides, and goes on without them', async () => {
    await setTemplate(
      `{% for m in messages if m.content %}{{ ${turn} }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}`,
    );
    await writeRows([talk('Hi', ''), talk('Hi', 'Yes')]);
    expect(await train()).toEqual({
      code: 0,
      said: [
        expect.stringMatching(/^warning: read .* as messages: 1 × empty answer \(rows\.jsonl:1\)$/),
        'warning: 1 of 2 examples (rows.jsonl#0) were left out: the chat template does not show where an answer begins and ends',
      ],
    });
    await writeRows([talk('Hi', ''), talk('Ho', '')]);
    const { code, said } = await train('another');
    expect(code).not.toBe(0);
    expect(said.join('\n')).toContain(
      'none of 2 examples has a supervised token (rows.jsonl#0, rows.jsonl#1); 2 have an answer that the chat template does not show as it is',
    );
  }, 60_000);
});

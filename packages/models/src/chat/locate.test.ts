import type { Message } from '@tunesmith/schema';
import { describe, expect, test } from 'vitest';
import { byteTokenizer } from '../../test-support/byte-tokenizer.ts';
import { renderChat } from './render.ts';

/** A dialogue that begins with a user's turn and alternates. */
function dialogue(...contents: string[]): Message[] {
  return contents.map((content, i) => ({ role: i % 2 === 0 ? 'user' : 'assistant', content }));
}

/** What is learned, a text for each trained turn, and the token that ends the last. */
function learned(template: string, messages: readonly Message[], eos = '<|end|>') {
  const tokenizer = byteTokenizer({
    configuration: { chat_template: template, eos_token: eos },
  });
  const { text, spans, endOfTurn } = renderChat(tokenizer, messages);
  return { texts: spans.map(({ start, end }) => text.slice(start, end)), endOfTurn };
}

const turn = "'<|turn|>' + m.role + '\\n' + m.content + '<|stop|>'";
const asked = "{% if add_generation_prompt %}{{ '<|turn|>assistant\\n' }}{% endif %}";
const plain = `{% for m in messages %}{{ ${turn} }}{% endfor %}${asked}`;

/** Takes reasoning out of every answer and begins generation with it, as DeepSeek-R1-Distill. */
const distill = `{% for m in messages %}{% if m.role == 'assistant' %}{{ '<|turn|>assistant\\n' + m.content.split('</think>')[-1] + '<|stop|>' }}{% else %}{{ ${turn} }}{% endif %}{% endfor %}{% if add_generation_prompt %}{{ '<|turn|>assistant\\n<think>\\n' }}{% endif %}`;

/** Keeps the reasoning of answers after the last question alone and writes an empty one where there is none, as Qwen3. */
const lastReasoning = `{% set ns = namespace(last=0) %}{% for m in messages %}{% if m.role == 'user' %}{% set ns.last = loop.index0 %}{% endif %}{% endfor %}
{%- for m in messages %}{% if m.role == 'assistant' %}{% set reasoning = '' %}{% set content = m.content %}{% if '</think>' in m.content %}{% set reasoning = m.content.split('</think>')[0].split('<think>')[-1].strip() %}{% set content = m.content.split('</think>')[-1].lstrip() %}{% endif %}{% if loop.index0 > ns.last %}{{ '<|turn|>assistant\\n<think>\\n' + reasoning + '\\n</think>\\n\\n' + content + '<|stop|>\\n' }}{% else %}{{ '<|turn|>assistant\\n' + content + '<|stop|>\\n' }}{% endif %}{% else %}{{ ${turn} + '\\n' }}{% endif %}{% endfor %}${asked}`;

describe('what is written after an answer is not learned', () => {
  test.for([
    ["the next turn's beginning, whether asked or not", `{{ '<|turn|>assistant\\n' }}`],
    ['a line break', `{{ '\\n' }}`],
    ['a begin token', `{{ bos_token }}`],
    [
      'an end token of the whole conversation',
      `{{ '<|turn|>assistant\\n' if add_generation_prompt else eos_token }}`,
    ],
    ['a hint in plain text', `{{ '[answer with a tool or a text]' }}`],
  ])('%s', ([, tail]) => {
    const template = `{% for m in messages %}{{ ${turn} }}{% endfor %}${tail}`;
    for (const eos of ['<|end|>', '<|stop|>']) {
      expect(learned(template, dialogue('Hi', 'A pear.'), eos)).toEqual({
        texts: ['A pear.<|stop|>'],
        endOfTurn: '<|stop|>',
      });
    }
    expect(learned(template, dialogue('Hi', 'A pear.', 'And?', 'A fig.')).texts).toEqual([
      'A pear.<|stop|>',
      'A fig.<|stop|>',
    ]);
  });

  test('the next heading is no end of a turn that has none', () => {
    const endless = `{% for m in messages %}{{ '<|turn|>' + m.role + '\\n' + m.content + '\\n' }}{% endfor %}{{ '<|turn|>assistant\\n' }}`;
    expect(learned(endless, dialogue('Hi', 'A pear.'))).toEqual({
      texts: ['A pear.'],
      endOfTurn: undefined,
    });
  });

  test('text that closes the answer before its end token is', () => {
    const closing = `{% for m in messages %}{% if m.role == 'assistant' %}{{ '<|turn|>assistant\\n<answer>' + m.content + '</answer><|stop|>' }}{% else %}{{ ${turn} }}{% endif %}{% endfor %}${asked}`;
    expect(learned(closing, dialogue('Hi', 'Yes', 'Bye', 'No')).texts).toEqual([
      '<answer>Yes</answer><|stop|>',
      '<answer>No</answer><|stop|>',
    ]);
  });
});

test('a token that ends turns ends them though no file calls it special', () => {
  const tokenizer = byteTokenizer({
    configuration: { chat_template: plain },
    tokenizer: {
      added_tokens: ['<|begin|>', '<|end|>', '<|pad|>', '<|turn|>', '<|stop|>'].map(
        (content, i) => ({ id: 256 + i, content, special: i < 3, normalized: false }),
      ),
    },
  });
  const { text, spans, endOfTurn } = renderChat(tokenizer, dialogue('Hi', 'Yes', 'Bye', '<b>No'));
  expect(spans.map(({ start, end }) => text.slice(start, end))).toEqual([
    'Yes<|stop|>',
    '<b>No<|stop|>',
  ]);
  expect(endOfTurn).toBe('<|stop|>');
});

describe('a generation block around the content alone', () => {
  const block = `{% for m in messages %}{{ '<|turn|>' + m.role + '\\n' }}{% if m.role == 'assistant' %}{% generation %}{{ m.content }}{% endgeneration %}{{ '<|stop|>\\n' }}{% else %}{{ m.content + '<|stop|>\\n' }}{% endif %}{% endfor %}${asked}`;

  test('takes the end token that follows it', () => {
    expect(learned(block, dialogue('Hi', 'Yes', 'Bye', ''))).toEqual({
      texts: ['Yes<|stop|>', '<|stop|>'],
      endOfTurn: '<|stop|>',
    });
  });

  test("does not take the next turn's beginning", () => {
    const endless = block.replace("{% endgeneration %}{{ '<|stop|>\\n' }}", '{% endgeneration %}');
    expect(learned(endless, dialogue('Hi', 'Yes', 'Bye', 'No'))).toEqual({
      texts: ['Yes', 'No'],
      endOfTurn: undefined,
    });
  });
});

describe('an answer is learned as the template shows it', () => {
  test('an empty one is its end token', () => {
    for (const template of [plain, distill]) {
      expect(learned(template, dialogue('Say nothing.', '', 'Speak.', 'Word.')).texts).toEqual([
        '<|stop|>',
        'Word.<|stop|>',
      ]);
    }
  });

  test('with the white space at its ends', () => {
    for (const template of [plain, distill]) {
      expect(learned(template, dialogue('Hi', '  return 1\n')).texts).toEqual([
        '  return 1\n<|stop|>',
      ]);
    }
  });

  test('without the white space that the template trims', () => {
    const trimmed = plain.replace('m.content', '(m.content | trim)');
    expect(learned(trimmed, dialogue('Hi', '  yes \n', ' Bye ', ' no ')).texts).toEqual([
      'yes<|stop|>',
      'no<|stop|>',
    ]);
  });

  test('without the reasoning that the template takes out', () => {
    const messages = dialogue('2+2?', '<think>\nTwo twice.\n</think>\n\n4');
    expect(learned(distill, messages).texts).toEqual(['\n\n4<|stop|>']);
  });

  test('with the reasoning, real or empty, that generation would begin with', () => {
    const thought = '<think>\nTwo twice.\n</think>\n\n4';
    expect(learned(lastReasoning, dialogue('2+2?', thought)).texts).toEqual([`${thought}<|stop|>`]);
    expect(learned(lastReasoning, dialogue('2+2?', '4')).texts).toEqual([
      '<think>\n\n</think>\n\n4<|stop|>',
    ]);
    expect(learned(lastReasoning, dialogue('2+2?', thought, '3+3?', '6')).texts).toEqual([
      '4<|stop|>',
      '<think>\n\n</think>\n\n6<|stop|>',
    ]);
  });

  test('also where earlier text depends on later turns', () => {
    const messages: Message[] = [
      { role: 'user', content: 'Sum?' },
      { role: 'assistant', content: '<think>\nask\n</think>\n\ncall' },
      { role: 'tool', content: '4' },
      { role: 'assistant', content: '<think>\nfour\n</think>\n\n4' },
      { role: 'user', content: '4' },
      { role: 'assistant', content: '4' },
    ];
    expect(learned(lastReasoning, messages).texts).toEqual([
      'call<|stop|>',
      '4<|stop|>',
      '<think>\n\n</think>\n\n4<|stop|>',
    ]);
    // Tools, or a system message, that stand before the last question alone, as Mistral's.
    const late = `{{ bos_token }}{% for m in messages %}{% if m.role == 'user' %}{% if loop.index0 >= messages | length - 2 and not (loop.last and not add_generation_prompt) %}{{ '[TOOLS]' }}{% endif %}{{ '[INST] ' + m.content + ' [/INST]' }}{% else %}{{ ' ' + m.content + eos_token }}{% endif %}{% endfor %}`;
    expect(learned(late, dialogue('a', 'b', 'a', 'b')).texts).toEqual([' b<|end|>', ' b<|end|>']);
  });

  test('whatever else in the conversation says the same', () => {
    expect(
      learned(plain, dialogue('user', 'user', 'assistant', 'assistant', 's', 's')).texts,
    ).toEqual(['user<|stop|>', 'assistant<|stop|>', 's<|stop|>']);
  });

  test('twice, where the template shows it twice in its turn', () => {
    const twice = plain.replace('m.content', "m.content + '|' + m.content");
    expect(learned(twice, dialogue('Hi', 'Yes', 'Bye', ' No ')).texts).toEqual([
      'Yes|Yes<|stop|>',
      ' No | No <|stop|>',
    ]);
  });

  test('where user turns are merged and the system message joins the first', () => {
    const merging = `{% for m in messages %}{% if m.role == 'system' %}{% elif m.role == 'user' %}{% if loop.first or messages[loop.index0 - 1].role != 'user' %}{{ '<|turn|>user\\n' }}{% endif %}{% if loop.index0 == 1 and messages[0].role == 'system' %}{{ messages[0].content + '\\n\\n' }}{% endif %}{{ m.content }}{% if not loop.last and messages[loop.index0 + 1].role == 'user' %}{{ '\\n' }}{% else %}{{ '<|stop|>' }}{% endif %}{% else %}{{ '<|turn|>model\\n' + m.content + '<|stop|>' }}{% endif %}{% endfor %}{% if add_generation_prompt %}{{ '<|turn|>model\\n' }}{% endif %}`;
    const messages: Message[] = [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Hi' },
      { role: 'user', content: 'Well?' },
      { role: 'assistant', content: 'Yes' },
      ...dialogue('Bye', 'No'),
    ];
    expect(learned(merging, messages).texts).toEqual(['Yes<|stop|>', 'No<|stop|>']);
  });

  test('where two answers follow each other', () => {
    const messages = [...dialogue('Hi', 'Yes'), { role: 'assistant', content: 'Sure' } as const];
    expect(learned(plain, messages).texts).toEqual(['Yes<|stop|>', 'Sure<|stop|>']);
  });

  test('where the template refuses conversations that stop half way', () => {
    const strict = `{% if messages | length < 4 and not add_generation_prompt %}{{ raise_exception('too short') }}{% endif %}${plain}`;
    expect(learned(strict, dialogue('Hi', 'Yes', 'Bye', 'No'), '<|stop|>').texts).toEqual([
      'Yes<|stop|>',
      'No<|stop|>',
    ]);
  });
});

describe('an answer whose place the text does not tell', () => {
  test.each([
    ['hidden', '{% for m in messages %}{{ m.role }}{% endfor %}'],
    [
      'skipped where empty',
      `{% for m in messages if m.content %}{{ ${turn} }}{% endfor %}${asked}`,
    ],
    ['shown by its length', '{% for m in messages %}{{ m.content | length }}{% endfor %}'],
  ])('is named, and no span covers it: %s', (_, template) => {
    const tokenizer = byteTokenizer({ configuration: { chat_template: template } });
    const { spans, unplaced } = renderChat(tokenizer, dialogue('Hi', ''));
    expect({ spans, unplaced }).toEqual({ spans: [], unplaced: [1] });
  });
});

describe('tools', () => {
  const tools = [{ type: 'function', function: { name: 'add', parameters: {} } }];
  const shown = `{% if tools %}{{ '<|turn|>tools\\n' + (tools | tojson) + '<|stop|>' }}{% endif %}${plain}`;
  const render = (template: string, given?: typeof tools) =>
    renderChat(
      byteTokenizer({ configuration: { chat_template: template } }),
      dialogue('Hi', 'Yes'),
      given ? { tools: given } : {},
    );

  test('are shown by a template that knows them', () => {
    const { text, showsTools } = render(shown, tools);
    expect(text).toBe(
      '<|turn|>tools\n[{"type": "function", "function": {"name": "add", "parameters": {}}}]<|stop|><|turn|>user\nHi<|stop|><|turn|>assistant\nYes<|stop|>',
    );
    expect(showsTools).toBe(true);
  });

  test('are none where none are given, and no template hides that it has no place for them', () => {
    expect(render(`{% if tools is not none %}tools{% endif %}${plain}`)).not.toHaveProperty(
      'showsTools',
    );
    expect(render(shown).text).toBe(render(plain).text);
    expect(render(plain, tools).showsTools).toBe(false);
  });

  test('that an answer calls are learned with it', () => {
    const calling = `{% for m in messages %}{% if m.tool_calls %}{{ '<|turn|>assistant\\n' }}{% for call in m.tool_calls %}{{ '<call>' + (call.function | tojson) + '</call>' }}{% endfor %}{{ '<|stop|>' }}{% else %}{{ ${turn} }}{% endif %}{% endfor %}${asked}`;
    const messages: Message[] = [
      { role: 'user', content: '1+1?' },
      {
        role: 'assistant',
        content: '',
        tool_calls: [{ type: 'function', function: { name: 'add', arguments: { a: 1, b: 1 } } }],
      },
      { role: 'tool', content: '2', name: 'add' },
      { role: 'assistant', content: 'Two.' },
    ];
    const call = '<call>{"name": "add", "arguments": {"a": 1, "b": 1}}</call><|stop|>';
    expect(learned(calling, messages).texts).toEqual([call, 'Two.<|stop|>']);
    // Also where the earlier text depends on later turns.
    const counting = `{{ messages | length }}${calling}`;
    expect(learned(counting, messages).texts).toEqual([call, 'Two.<|stop|>']);
    const shows = (template: string) =>
      renderChat(byteTokenizer({ configuration: { chat_template: template } }), messages)
        .showsTools;
    expect([shows(calling), shows(plain)]).toEqual([true, false]);
  });

  describe('called where generation begins with reasoning', () => {
    const call = [{ function: { name: 'add', arguments: { a: 1 } } }];
    const messages: Message[] = [
      { role: 'user', content: '1+1?' },
      { role: 'assistant', content: '', tool_calls: call },
      { role: 'tool', content: '2', name: 'add' },
      { role: 'assistant', content: 'Two.' },
    ];
    const calls =
      "{% for call in m.tool_calls %}{{ '<call>' + call.function.name + ' ' + (call.function.arguments | tojson) + '</call>' }}{% endfor %}";

    test('that the last answer alone shows, as Qwen3', () => {
      const last = `{% for m in messages %}{% if m.role == 'assistant' %}{{ '<|turn|>assistant\n' }}{% if loop.last %}{{ '<think>\n\n</think>\n\n' }}{% endif %}{{ m.content }}${calls}{{ '<|stop|>\n' }}{% else %}{{ ${turn} + '\n' }}{% endif %}{% endfor %}${asked}`;
      for (const eos of ['<|end|>', '<|stop|>']) {
        expect(learned(last, messages, eos).texts).toEqual([
          '<call>add {"a": 1}</call><|stop|>',
          '<think>\n\n</think>\n\nTwo.<|stop|>',
        ]);
      }
    });

    test('that no answer shows, as DeepSeek-R1', () => {
      const begun = `{% for m in messages %}{% if m.role == 'assistant' %}{{ '<|turn|>assistant\n' + m.content }}${calls}{{ '<|stop|>' }}{% else %}{{ ${turn} }}{% endif %}{% endfor %}{% if add_generation_prompt %}{{ '<|turn|>assistant\n<think>\n' }}{% endif %}`;
      expect(learned(begun, messages).texts).toEqual([
        '<call>add {"a": 1}</call><|stop|>',
        'Two.<|stop|>',
      ]);
    });

    test('and not shown at all, the content is learned', () => {
      const closing = `{% for m in messages %}{{ ${turn} }}{% endfor %}{{ '<|turn|>assistant\n' if add_generation_prompt else eos_token }}`;
      const speaking = messages.with(1, { ...messages[1]!, content: 'Let me see.' } as Message);
      expect(learned(closing, speaking).texts).toEqual(['Let me see.<|stop|>', 'Two.<|stop|>']);
    });
  });
});

test('another token may end the last answer than those before it, which end as questions do', () => {
  const harmony = `{% for m in messages %}{{ '<|turn|>' + m.role + '\n' + m.content + ('<|end|>' if loop.last and m.role == 'assistant' else '<|stop|>') }}{% endfor %}${asked}`;
  const messages = [
    ...dialogue('Hi', 'Yes', 'Bye', 'No'),
    { role: 'assistant', content: '!' } as const,
  ];
  expect(learned(harmony, messages)).toEqual({
    texts: ['Yes<|stop|>', 'No<|stop|>', '!<|end|>'],
    endOfTurn: '<|end|>',
  });
  const unclosed = harmony.replace(" else '<|stop|>'", " else ''");
  expect(learned(unclosed, dialogue('Hi', 'Yes', 'Bye', 'No')).texts).toEqual(['Yes', 'No<|end|>']);
});

test('an answer before the first question is learned without its heading, though none is asked for there', () => {
  const inLoop = `{% for m in messages %}{{ ${turn} }}{% if loop.last and add_generation_prompt %}{{ '<|turn|>assistant\n' }}{% endif %}{% endfor %}`;
  const messages = [{ role: 'assistant', content: 'Hello' } as const, ...dialogue('Hi', 'Yes')];
  expect(learned(inLoop, messages).texts).toEqual(['Hello<|stop|>', 'Yes<|stop|>']);
});

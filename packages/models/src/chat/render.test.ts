import type { Message } from '@tunesmith/schema';
import { describe, expect, test } from 'vitest';
import { byteTokenizer } from '../../test-support/byte-tokenizer.ts';
import { encodeSpans } from './encode.ts';
import { inspectChatTemplate } from './inspect.ts';
import { renderChat } from './render.ts';

const dialogue: Message[] = [
  { role: 'user', content: 'Hi' },
  { role: 'assistant', content: 'Hello!' },
  { role: 'user', content: 'Bye' },
  { role: 'assistant', content: 'See you' },
];

function withTemplate(template: string): ReturnType<typeof byteTokenizer> {
  return byteTokenizer({ configuration: { chat_template: template } });
}

function spanTexts(template: string, messages = dialogue): string[] {
  const { text, spans } = renderChat(withTemplate(template), messages);
  return spans.map(({ start, end }) => text.slice(start, end));
}

const turnTemplate =
  "{% for m in messages %}{{ '<|turn|>' + m.role + '\\n' + m.content + '<|stop|>\\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|turn|>assistant\\n' }}{% endif %}";

// As apply_chat_template of transformers 5.24 writes these messages with this template.
test.each<[Record<string, unknown>, string]>([
  [
    { reasoning: '2 + 2' },
    '{"thinking": "2 + 2", "role": "assistant", "content": "4", "reasoning": "2 + 2", "reasoning_content": "2 + 2"}',
  ],
  [
    { reasoning: 'c', thinking: 'b', reasoning_content: 'a' },
    '{"thinking": "b", "role": "assistant", "content": "4", "reasoning": "c", "reasoning_content": "a"}',
  ],
  [
    { reasoning_content: null, reasoning: 'c' },
    '{"thinking": "c", "role": "assistant", "content": "4", "reasoning": "c", "reasoning_content": "c"}',
  ],
  [{ tool_calls: null, name: null }, '{"role": "assistant", "content": "4"}'],
])('what a template sees of a message with %j', (more, seen) => {
  const message = { role: 'assistant', content: '4', train: false, ...more } as Message;
  const template = '{% for m in messages %}{{ m | tojson }}{% endfor %}';
  expect(renderChat(withTemplate(template), [message]).text).toBe(seen);
});

describe('the spans of assistant turns', () => {
  test('come from generation blocks where the template has them', () => {
    const template = `{% for m in messages %}
{% if m.role == 'assistant' %}
A:{% generation %}
{{- m.content + '<|stop|>' }}
{% endgeneration %}
{% else %}
U:{{ m.content }}
{% endif %}
{% endfor %}`;
    expect(renderChat(withTemplate(template), dialogue).text).toBe(
      'U:Hi\nA:Hello!<|stop|>\nU:Bye\nA:See you<|stop|>\n',
    );
    expect(spanTexts(template)).toEqual(['Hello!<|stop|>\n', 'See you<|stop|>\n']);
  });

  test('else reach from the generation prompt to the end-of-turn token, without the line break after it', () => {
    expect(spanTexts(turnTemplate)).toEqual(['Hello!<|stop|>', 'See you<|stop|>']);
  });

  test('leave out turns that are not to be trained', () => {
    const messages = dialogue.map((message, i) =>
      i === 1 ? { ...message, train: false } : message,
    );
    expect(spanTexts(turnTemplate, messages)).toEqual(['See you<|stop|>']);
  });

  test('are found by their content where the template rewrites earlier turns', () => {
    const forgetful =
      "{% for m in messages %}{% if m.role == 'user' and not loop.last and not (loop.index == messages | length - 1) %}{{ '<|turn|>old\\n' }}{% else %}{{ '<|turn|>' + m.role + '\\n' }}{% endif %}{{ m.content | trim + '<|stop|>\\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|turn|>assistant\\n' }}{% endif %}";
    const messages = dialogue.map((message, i) =>
      i === 1 ? { ...message, content: ' Hello! ' } : message,
    );
    expect(spanTexts(forgetful, messages)).toEqual(['Hello!<|stop|>', 'See you<|stop|>']);
  });

  test('carry the name of the end-of-turn token', () => {
    expect(renderChat(withTemplate(turnTemplate), dialogue).endOfTurn).toBe('<|stop|>');
    const endless =
      "{% for m in messages %}{{ m.role + ': ' + m.content + '\\n' }}{% endfor %}{% if add_generation_prompt %}{{ 'assistant: ' }}{% endif %}";
    expect(renderChat(withTemplate(endless), dialogue)).not.toHaveProperty('endOfTurn');
  });

  test('reach up to the token that ends generations where another one closes the answer before it', () => {
    const closing =
      "{% for m in messages %}{{ '<|turn|>' + m.role + '\\n' + m.content }}{% if m.role == 'assistant' %}{{ '<|stop|>' }}{% endif %}{{ '<|end|>' }}{% endfor %}{% if add_generation_prompt %}{{ '<|turn|>assistant\\n' }}{% endif %}";
    expect(spanTexts(closing)).toEqual(['Hello!<|stop|><|end|>', 'See you<|stop|><|end|>']);
  });

  test('do not overlap where the end of the conversation is a block of its own', () => {
    const blocks =
      "{% for m in messages %}{% if m.role == 'assistant' %}{% generation %}{{ m.content }}{% endgeneration %}{% else %}{{ m.content }}{% endif %}{% endfor %}{% generation %}{{ eos_token }}{% endgeneration %}";
    expect(spanTexts(blocks)).toEqual(['Hello!', 'See you', '<|end|>']);
  });

  test('leave out turns that the template hides, and name them', () => {
    const hiding = '{% for m in messages %}{{ m.role }}{% endfor %}{{ messages | length }}';
    expect(renderChat(withTemplate(hiding), dialogue)).toMatchObject({
      spans: [],
      unplaced: [1, 3],
    });
  });
});

describe('rendering', () => {
  test('ends with the generation prompt on request', () => {
    const { text } = renderChat(withTemplate(turnTemplate), dialogue.slice(0, 1), {
      generationPrompt: true,
    });
    expect(text).toBe('<|turn|>user\nHi<|stop|>\n<|turn|>assistant\n');
  });

  test("passes on the template's own complaint", () => {
    expect(() => spanTexts("{{ raise_exception('roles must alternate') }}")).toThrow(
      /refuses the messages: roles must alternate/,
    );
  });

  test('gives templates the date', () => {
    const template = "{{ strftime_now('%d %b %Y') }}";
    expect(
      renderChat(withTemplate(template), dialogue.slice(0, 1), { now: new Date(2024, 6, 26) }).text,
    ).toBe('26 Jul 2024');
  });

  test('uses the template for tools where there are tools and the model has one', () => {
    const tokenizer = byteTokenizer({
      configuration: {
        chat_template: [
          { name: 'default', template: 'talk' },
          { name: 'tool_use', template: 'call {{ tools | length }}' },
        ],
      },
    });
    const tool = { type: 'function', function: { name: 'clock' } } as const;
    const question = dialogue.slice(0, 1);
    expect(renderChat(tokenizer, question).text).toBe('talk');
    expect(renderChat(tokenizer, question, { tools: [tool] }).text).toBe('call 1');
  });

  test('uses headings in plain text for models without a template', () => {
    const { text, spans } = renderChat(byteTokenizer(), [
      { role: 'system', content: 'Be brief.' },
      ...dialogue.slice(0, 2),
    ]);
    expect(text).toBe('Be brief.\n\n### User\nHi\n\n### Assistant\nHello!<|end|>\n\n');
    expect(text.slice(spans[0]!.start, spans[0]!.end)).toBe('Hello!<|end|>');
  });
});

describe('encoding a conversation', () => {
  test('gives the prompt the ids that generation starts from', () => {
    const tokenizer = withTemplate(turnTemplate);
    const { text, spans } = renderChat(tokenizer, dialogue.slice(0, 2));
    const { ids, inSpan } = encodeSpans(tokenizer, text, spans);
    const prompt = renderChat(tokenizer, dialogue.slice(0, 1), { generationPrompt: true }).text;
    const promptIds = tokenizer.encode(prompt, { special: false });
    expect(ids.slice(0, promptIds.length)).toEqual(promptIds);
    expect(tokenizer.decode(ids.filter((_, i) => inSpan[i]))).toBe('Hello!<|stop|>');
    expect(inSpan.indexOf(true)).toBe(promptIds.length);
  });

  test('does not put the space of a SentencePiece tokenizer inside the text', () => {
    const letters = ['▁', 'a', 'b', '▁a', '▁b'];
    const tokenizer = byteTokenizer({
      tokenizer: {
        added_tokens: ['<s>', '</s>'].map((content, i) => ({
          id: 5 + i,
          content,
          special: true,
          normalized: false,
        })),
        pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'first' },
        decoder: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'first' },
        model: {
          type: 'BPE',
          vocab: Object.fromEntries(letters.map((token, i) => [token, i])),
          merges: ['▁ a', '▁ b'],
        },
      },
      configuration: { bos_token: '<s>', eos_token: '</s>', pad_token: null },
    });
    const tokens = encodeSpans(tokenizer, 'ab a', [{ start: 1, end: 2 }]).ids.map((id) =>
      tokenizer.token(id),
    );
    expect(tokens).toEqual(['▁a', 'b', '▁a']);
  });
});

describe('inspecting a template', () => {
  test('reports a model that never learns to stop', () => {
    const endless = withTemplate(
      "{% for m in messages %}{{ m.role + ': ' + m.content + '\\n' }}{% endfor %}{% if add_generation_prompt %}{{ 'assistant: ' }}{% endif %}",
    );
    expect(inspectChatTemplate(endless).problems).toEqual([
      expect.stringContaining('will not learn to stop'),
    ]);
  });

  test('reports an end of turn at which generation does not stop', () => {
    expect(inspectChatTemplate(withTemplate(turnTemplate))).toMatchObject({
      template: 'model',
      endOfTurn: '<|stop|>',
      problems: [expect.stringContaining('<|stop|> is not among the ids that end a generation')],
    });
  });

  test('reports a prompt that training never shows, as where generation begins with a thought', () => {
    const thinking = withTemplate(
      turnTemplate.replace(
        "'<|turn|>assistant\\n' }}{% endif",
        "'<|turn|>assistant\\n<think>\\n' }}{% endif",
      ),
    );
    expect(inspectChatTemplate(thinking)).toMatchObject({
      endOfTurn: '<|stop|>',
      problems: expect.arrayContaining([
        'the text before an assistant turn differs between training and generation',
      ]) as string[],
    });
  });

  test('reports a template that hides the answer', () => {
    expect(inspectChatTemplate(withTemplate('{{ messages | length }}')).problems).toEqual([
      'the chat template does not show where an answer begins and ends',
    ]);
  });
});

test('of an answer in pieces, those that train are spans; the token that ends the turn goes with the last', () => {
  const piece = (text: string, train?: boolean) =>
    ({ type: 'text', text, ...(train === undefined ? {} : { train }) }) as const;
  const answered = (content: Message['content']): Message[] => [
    { role: 'user', content: 'Sum?' },
    { role: 'assistant', content },
  ];
  const blocks =
    "{% for m in messages %}{{ m.role + ':' }}{% if m.role == 'assistant' %}{% generation %}{{ m.content.strip() + '<|stop|>' }}{% endgeneration %}{% else %}{{ m.content }}{% endif %}{% endfor %}";
  for (const template of [turnTemplate, blocks]) {
    const first = answered([piece('2+2', false), piece('=4')]);
    const last = answered([piece('2+2'), piece('=4', false)]);
    expect(spanTexts(template, first)).toEqual(['=4<|stop|>']);
    expect(spanTexts(template, last)).toEqual(['2+2']);
  }
});

test('pieces of an answer that the template does not show as it is have no place', () => {
  const upper = turnTemplate.replace('m.content', 'm.content | upper');
  const content = [
    { type: 'text', text: 'a', train: false },
    { type: 'text', text: 'b' },
  ] as const;
  const { spans, unplaced } = renderChat(withTemplate(upper), [
    { role: 'user', content: 'Sum?' },
    { role: 'assistant', content: [...content] },
  ]);
  expect({ spans, unplaced }).toEqual({ spans: [], unplaced: [1] });
});

test.each([
  [{ role: 'user' }, 'message 2 has no content'],
  [{ role: 'user', content: null }, 'message 2 has null as content'],
  [{ content: 'Hi' }, 'message 2 has no role'],
  [null, 'message 2 has no role'],
])('what is no message is told: %j', (message, told) => {
  const messages = [...dialogue.slice(0, 1), message as Message];
  expect(() => renderChat(withTemplate(turnTemplate), messages)).toThrow(told);
});

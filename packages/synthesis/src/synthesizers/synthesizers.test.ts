import { createReport, describeReport } from '@tunesmith/datasets';
import { isConversation, isInstance, type DataRecord, type Instance } from '@tunesmith/schema';
import { expect, test } from 'vitest';
import { synthesize, type SynthesizeOptions } from '../synthesize.ts';
import type { Synthesizer } from '../synthesizer.ts';
import { scriptedModel } from '../test-support/scripted-model.ts';
import { alpacaSynthesizer } from './alpaca.ts';
import { backtranslation } from './backtranslation.ts';
import { distill } from './distill.ts';
import { evolInstruct } from './evol-instruct/evol-instruct.ts';
import { instructWild } from './instruct-wild.ts';
import { selfAlign } from './self-align/self-align.ts';
import { selfChat } from './self-chat/self-chat.ts';
import { selfInstruct } from './self-instruct/self-instruct.ts';
import { unnaturalInstructions } from './unnatural.ts';

const instance = (id: string, instruction: string, input = '', output = 'So.'): Instance => ({
  id,
  instruction,
  ...(input === '' ? {} : { input }),
  output,
});

const seeds = [
  instance('0', 'Name three rivers that flow into the sea'),
  instance(
    '1',
    'Say whether the sentence is about food or about sport',
    'They won again.',
    'sport',
  ),
  instance('2', 'Translate the word into French', 'bread', 'pain'),
];

async function written(
  synthesizer: Synthesizer,
  options: Omit<SynthesizeOptions, 'seeds'> & { seeds?: DataRecord[] },
) {
  const report = createReport();
  const records: DataRecord[] = [];
  for await (const record of synthesize(synthesizer, { seeds, report, ...options }))
    records.push(record);
  return {
    records,
    instances: records.filter(isInstance),
    report: describeReport(report.report()),
  };
}

test('Self-Instruct grows a pool, tells classification apart, and writes examples in the order that suits each', async () => {
  const model = scriptedModel(({ prompt }) => {
    if (prompt.startsWith('Here is the beginning'))
      return `4. Decide whether a mail is spam or not\n5. Describe the color of the sky at dusk\n6. Draw a map of the village\n7. Name three rivers that flow into the ocean\n8. Go on`;
    if (prompt.startsWith('A classification task'))
      return prompt.includes('Task: Decide whether a mail') ? ' Yes' : 'No.';
    if (prompt.startsWith('Give examples of a classification'))
      return 'Class label: spam\nInput: You have won!\nClass label: not spam\nInput: See you at six.';
    return 'Output: It turns from gold to violet.';
  });
  const { instances, report } = await written(selfInstruct, {
    models: model,
    options: { count: 2, per_round: 1 },
  });
  expect(instances.map(({ instruction, input, output }) => [instruction, input, output])).toEqual([
    ['Decide whether a mail is spam or not', 'You have won!', 'spam'],
    ['Decide whether a mail is spam or not', 'See you at six.', 'not spam'],
    ['Describe the color of the sky at dusk', undefined, 'It turns from gold to violet.'],
  ]);
  expect(instances[0]!.meta).toMatchObject({
    source: 'self-instruct',
    generator: 'scripted',
    is_classification: true,
  });
  expect(report).toContain('new instructions: 2 in, 2 out');
});

test('Self-Instruct shows eight instructions: two of its own as soon as it has some, and says why others leave', async () => {
  let round = 0;
  const many = Array.from({ length: 10 }, (_, i) =>
    instance(`${i}`, `Explain number ${i} of the ${i + 3} old stories to children`),
  );
  const model = scriptedModel(({ prompt }) => {
    if (!prompt.startsWith('Here is the beginning'))
      return prompt.startsWith('A class') ? 'No' : 'Output: Done.';
    round += 1;
    const words = ['apples', 'winter', 'bridges', 'violins', 'harbors', 'engines'][round]!;
    return `9. Write about ${words} while ${words} turn ${words}\n10. Draw ${words} for me now\n11. Too short\n12. Write a program that sorts ${words}\n13. "Quoted" words about ${words} here\n14. Écris un poème sur ${words}`;
  });
  const { report } = await written(selfInstruct, {
    models: model,
    seeds: many,
    options: { count: 3, per_round: 1 },
  });
  const lists = model.asked
    .filter(({ prompt }) => prompt.startsWith('Here is'))
    .map(({ prompt }) => prompt);
  const own = lists.map((prompt) => prompt.match(/Write about/g)?.length ?? 0);
  expect(own).toEqual([0, 1, 2]);
  for (const prompt of lists) expect(prompt.match(/^\d+\. /gm)).toHaveLength(8);
  for (const why of [
    'asks for what is no text: draw',
    'three words or fewer',
    'asks for a program',
    'begins with punctuation',
    'begins with a letter that is not ASCII',
  ])
    expect(report).toContain(`dropped: ${why}`);
});

test('Self-Instruct ends where rounds bring nothing new, and says how much is missing', async () => {
  const model = scriptedModel(() => 'I would rather not.');
  const { records, report } = await written(selfInstruct, {
    models: model,
    options: { count: 5, per_round: 1, patience: 3 },
  });
  expect(records).toEqual([]);
  expect(model.asked).toHaveLength(3);
  expect(report).toContain('0 of 5 instructions: 3 rounds in a row brought nothing new');
});

test.each([
  { one: alpacaSynthesizer, missing: '0 of 5 instances' },
  { one: instructWild, missing: '0 of 5 instances' },
  { one: unnaturalInstructions, missing: '0 of 5 examples' },
])(
  '$one.name says how much is missing where rounds bring nothing new',
  async ({ one, missing }) => {
    const model = scriptedModel(() => 'I would rather not.');
    const { records, report } = await written(one, {
      models: model,
      seeds: seeds.map((seed) => ({ ...seed, input: 'this one' })),
      options: { count: 5, per_round: 1, patience: 3 },
    });
    expect(records).toEqual([]);
    expect(model.asked).toHaveLength(3);
    expect(report).toContain(`${missing}: 3 rounds in a row brought nothing new`);
  },
);

test('Alpaca takes whole tasks from one answer, and not the half one of an answer that was cut off', async () => {
  const text = ` Count the vowels of a word
4. Input:
ocean
4. Output:
three
###
5. Instruction: Give a name to a small gray cat
5. Input:
<noinput>
5. Output:
Pebble
###
6. Instruction: Explain why leaves`;
  const model = scriptedModel(() => ({ text, finish: 'length' }));
  const { instances, report } = await written(alpacaSynthesizer, {
    models: model,
    options: { count: 2, per_round: 1 },
  });
  expect(instances.map(({ instruction, input, output }) => [instruction, input, output])).toEqual([
    ['Count the vowels of a word', 'ocean', 'three'],
    ['Give a name to a small gray cat', undefined, 'Pebble'],
  ]);
  expect(report).toContain('1 dropped: cut off by the limit of tokens');
  expect(model.asked[0]!.prompt).toMatch(/###\n4\. Instruction:$/);
});

test('InstructWild writes instructions alone and has them answered apart', async () => {
  const writer = scriptedModel(
    () => '4. how do i get rid of ants without poison\n5. best way to learn chess alone?',
    'writer',
  );
  const answerer = scriptedModel(
    ({ prompt }) => (prompt.includes('ants') ? 'Close the gap they come through.' : ''),
    'answerer',
  );
  const { instances, report } = await written(instructWild, {
    models: { writer, answerer },
    options: { count: 2, per_round: 1, patience: 1 },
  });
  expect(instances).toMatchObject([
    {
      instruction: 'how do i get rid of ants without poison',
      output: 'Close the gap they come through.',
      meta: { generator: 'answerer' },
    },
  ]);
  expect(instances[0]).not.toHaveProperty('input');
  expect(report).toContain('1 dropped: no answer');
  expect(report).toContain('1 of 2 instances: the other instructions were left without an answer');
});

test('Unnatural Instructions elicit a fourth example with constraints, answer it, and say it in other words', async () => {
  const model = scriptedModel(({ prompt }) => {
    if (prompt.startsWith('Example 1'))
      return ' Judge the mood of the note\nInput: I miss the sea.\nConstraints: One word.';
    return prompt.startsWith('Say the instruction') ? 'Which mood is the note in?' : 'Longing';
  });
  const inputs = seeds.map((seed) => ({ ...seed, input: seed.input ?? 'this one' }));
  const { instances, report } = await written(unnaturalInstructions, {
    models: model,
    seeds: inputs,
    options: { count: 2, per_round: 2, reformulations: 1, patience: 1 },
  });
  expect(instances.map(({ instruction, input, output }) => [instruction, input, output])).toEqual([
    ['Judge the mood of the note One word.', 'I miss the sea.', 'Longing'],
    ['Which mood is the note in? One word.', 'I miss the sea.', 'Longing'],
  ]);
  expect(report).toContain('dropped: written before');
});

test('Evol-Instruct deepens what it deepened, and tries again from where it stood what failed', async () => {
  const texts = [
    'Sorry, I can not.',
    'The Rhine, the Rhone and the Po.',
    'Three of them, each with its source.',
  ];
  let answers = 0;
  const model = scriptedModel(({ prompt }) => {
    if (prompt.startsWith('You change') || prompt.startsWith('Write one new'))
      return `${/(?:task):\n([^]*?)\n\nThe/.exec(prompt)![1]!} in Europe`;
    if (prompt.startsWith('Two tasks')) return 'Different';
    return texts[answers++]!;
  });
  const { instances, report } = await written(evolInstruct, {
    models: model,
    seeds: [seeds[0]!],
    options: { rounds: 3 },
  });
  expect(instances.map(({ instruction }) => instruction)).toEqual([
    'Name three rivers that flow into the sea in Europe',
    'Name three rivers that flow into the sea in Europe in Europe',
  ]);
  expect(instances[1]!.meta).toMatchObject({
    round: 3,
    seed_id: '0',
    operators: [expect.any(String), expect.any(String)],
  });
  expect(report).toContain('round 1: 1 in, 0 out\n  1 dropped: an answer that is sorry');
});

test.each([
  ['Name three rivers that flow into the sea', 'nothing was changed'],
  ['The rewritten prompt: name four', 'words of the prompt: rewritten prompt'],
  ['Name four', 'the same as before, says the judge'],
])('Evol-Instruct eliminates %j: %s', async (changed, reason) => {
  const model = scriptedModel(({ prompt }) => (prompt.startsWith('Two tasks') ? 'Equal' : changed));
  const { records, report } = await written(evolInstruct, {
    models: model,
    seeds: [seeds[0]!],
    options: { rounds: 1 },
  });
  expect(records).toEqual([]);
  expect(report).toContain(`1 dropped: ${reason}`);
});

test('self-chat takes the talk from a transcript: without the greeting, and without a question that nobody answered', async () => {
  const model = scriptedModel(
    () =>
      '[Human] Which river is longest?\n[AI] The Nile.\n[Human] And in Europe?\n[AI] The Volga.\n[Human] Thanks',
  );
  const { records } = await written(selfChat, { models: model, seeds: [seeds[0]!] });
  expect(
    records.filter(isConversation).map(({ messages }) => messages.map(({ content }) => content)),
  ).toEqual([['Which river is longest?', 'The Nile.', 'And in Europe?', 'The Volga.']]);
});

test('self-chat by turns lets one model ask and another one answer, until nothing is left to ask', async () => {
  const questions = ['Which one is longest?', 'And in Europe?', ''];
  const human = scriptedModel((_, times) => ` ${questions[times]}`, 'person');
  const assistant = scriptedModel(({ messages }) => `Answer ${messages.length}`, 'helper');
  const { records } = await written(selfChat, {
    models: { human, assistant },
    seeds: [seeds[0]!],
    options: { by_turns: true },
  });
  expect(records.filter(isConversation)[0]!.messages.map(({ content }) => content)).toEqual([
    'Which one is longest?',
    'Answer 1',
    'And in Europe?',
    'Answer 3',
  ]);
  expect(human.asked[0]!.options.stop).toContain('[AI]');
  expect(human.asked[1]!.prompt).toMatch(
    /\[Human\] Which one is longest\?\n\[AI\] Answer 1\n\[Human\]$/,
  );
  expect(records[0]!.meta).toMatchObject({ generator: 'helper' });
});

test.each([
  ['clear (6).\nSage: The Rhine, the Rhone and the Po.', 'The Rhine, the Rhone and the Po.'],
  ['clear (6).\nSage: The Rhine, and more.\n\nUser: And then?', 'The Rhine, and more.'],
  [
    'clear (6).\nSage: They flow to the sea. Then they flow to the sea. They flow to the sea. More',
    'They flow to the sea. Then they flow to the sea.',
  ],
  ['only thoughts', 'no answer after the thoughts'],
  ['x\nSage: Rhine', 'hardly a word'],
  ['x\nSage: You asked: Name three rivers that flow into the sea', 'repeats the instruction'],
])('self-alignment keeps of %j: %s', async (text, kept) => {
  const { instances, report } = await written(selfAlign, {
    models: scriptedModel(() => text),
    seeds: [seeds[0]!],
  });
  if (instances.length > 0) expect(instances[0]!.output).toBe(kept);
  else expect(report).toContain(`1 dropped: ${kept}`);
});

test('backtranslation keeps pairs of a high score', async () => {
  const model = scriptedModel(({ prompt }) => {
    if (prompt.startsWith('The text')) return 'What is bread called in French?';
    return prompt.includes('\npain\n') ? 'It fits.\nScore: **5**' : 'Vague.\nScore: 2';
  });
  const { instances, report } = await written(backtranslation, {
    models: model,
    seeds: seeds.slice(1),
  });
  expect(instances).toMatchObject([
    { id: '2', instruction: 'What is bread called in French?', output: 'pain', meta: { score: 5 } },
  ]);
  expect(report).toContain('1 dropped: a score below 4');
});

test('distillation answers again what is there, after system prompt, history and earlier turns', async () => {
  const model = scriptedModel(({ messages }) => messages.map(({ content }) => content).join(' | '));
  const talk: DataRecord = {
    id: 'talk',
    messages: [
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'Hello' },
      { role: 'user', content: 'Bye' },
      { role: 'assistant', content: 'old' },
    ],
  };
  const one: DataRecord = {
    ...seeds[2]!,
    system: 'Be short.',
    history: [{ instruction: 'One?', output: '1' }],
  };
  const { records } = await written(distill, { models: model, seeds: [one, talk] });
  expect(isInstance(records[0]!) && records[0].output).toBe(
    'Be short. | One? | 1 | Translate the word into French\n\nbread',
  );
  expect(isConversation(records[1]!) && records[1].messages.at(-1)!.content).toBe(
    'Hi | Hello | Bye',
  );
});

import type { EvaluationTask, Instance, Metric } from '@tunesmith/schema';
import { describe, expect, it } from 'vitest';
import { exactMatch } from '../metrics/exact-match.ts';
import { instanceTasks } from '../tasks/instance-tasks.ts';
import { evaluate, type EvaluateEvent } from './evaluate.ts';
import type { EvaluatedModel } from './model.ts';
import type { PromptEncoder } from './prompt.ts';

const codes = (text: string) => [...text].map((character) => character.codePointAt(0)!);

/** One token a character; an answer ends with a full stop. */
const encoder: PromptEncoder = {
  prompt: ({ instruction }) => codes(instruction),
  answer: ({ instruction }, answer) => ({
    context: codes(instruction),
    continuation: codes(`${answer}.`),
  }),
};

/**
 * A model that answers every prompt with `favorite`, and finds the letters of that answer likely (½) and all other
 * tokens unlikely (⅛).
 */
function modelThatLikes(favorite: string): EvaluatedModel {
  return {
    logLikelihoods: async (requests) =>
      requests.map(({ continuation }) => {
        const liked = continuation.map((token) => codes(`${favorite}.`).includes(token));
        return {
          sum: liked.reduce((sum, isLiked) => sum + Math.log(isLiked ? 1 / 2 : 1 / 8), 0),
          tokens: continuation.length,
          correct: liked.filter(Boolean).length,
        };
      }),
    generate: async (prompts) => prompts.map(() => ({ text: ` ${favorite}\n` })),
  };
}

const instance = (id: string, output: string, meta: Instance['meta'] = {}): Instance => ({
  id,
  instruction: `question ${id}`,
  output,
  meta,
});

const task = (kind: EvaluationTask['kind'], instances: Instance[]): EvaluationTask => ({
  specVersion: 2,
  name: 'quiz',
  description: 'A quiz.',
  cluster: 'games',
  kind,
  instances: () => instances,
});

describe('evaluate', () => {
  it('weighs the loss by tokens', async () => {
    const { overall } = await evaluate({
      languageModel: modelThatLikes('ab'),
      encoder,
      // "ab." is three liked tokens; "xyzx." four unliked ones and the full stop.
      tasks: [task('loss', [instance('1', 'ab'), instance('2', 'xyzx')])],
    });
    const loss = (4 * Math.log(2) + 4 * Math.log(8)) / 8;
    expect(overall.scores['loss']?.value).toBeCloseTo(loss, 12);
    expect(overall.scores['perplexity']?.value).toBeCloseTo(Math.exp(loss), 12);
    expect(overall.scores['token-accuracy']?.value).toBe(0.5);
    expect(overall.scores['loss']?.n).toBe(2);
  });

  it('ranks choices by the sum and by the sum for each character', async () => {
    // "no." costs 3 ln 2; "noon." 5 ln 2: a longer answer, but cheaper for each of its characters (5/4 < 3/2).
    const choices = ['no', 'noon'];
    const { overall, instances } = await evaluate({
      languageModel: modelThatLikes('no'),
      encoder,
      tasks: [task('rank', [instance('1', 'noon', { choices }), instance('2', 'no', { choices })])],
    });
    expect(instances.map(({ prediction }) => prediction)).toEqual(['no', 'no']);
    expect(instances.map(({ observations }) => observations['accuracy']?.total)).toEqual([0, 1]);
    expect(
      instances.map(({ observations }) => observations['accuracy-per-character']?.total),
    ).toEqual([1, 0]);
    expect(overall.chance).toBe(0.5);
  });

  it('ranks a choice that can be said in several ways by the mean of them', async () => {
    const ways: Readonly<Record<string, readonly string[]>> = { no: ['no', 'xxxxx'], oh: ['xo'] };
    const { instances } = await evaluate({
      languageModel: modelThatLikes('no'),
      // "no." costs 3 ln 2 and "xxxxx." 16 ln 2, on average 9.5 ln 2; "xo." costs 5 ln 2
      encoder: {
        ...encoder,
        answers: (of, choice) => ways[choice]!.map((way) => encoder.answer(of, way)),
      },
      tasks: [task('rank', [instance('1', 'oh', { choices: ['no', 'oh'] })])],
    });
    expect(instances.map(({ prediction }) => prediction)).toEqual(['oh']);
  });

  it('scores generated answers without the white space around them', async () => {
    const { overall, instances } = await evaluate({
      languageModel: modelThatLikes('Paris'),
      encoder,
      metrics: [exactMatch],
      tasks: [task('generate', [instance('1', 'paris'), instance('2', 'rome')])],
    });
    expect(instances[0]).toMatchObject({ prediction: 'Paris', references: ['paris'] });
    expect(overall.scores['exact-match']?.value).toBe(0.5);
  });

  it('accepts further right answers from meta.references', async () => {
    const { overall } = await evaluate({
      languageModel: modelThatLikes('big'),
      encoder,
      metrics: [exactMatch],
      tasks: [task('generate', [instance('1', 'large', { references: ['big', 'huge'] })])],
    });
    expect(overall.scores['exact-match']?.value).toBe(1);
  });

  it('gives each metric right answers of its own, so that none spoils them for the next or the report', async () => {
    const hostile: Metric = {
      ...exactMatch,
      name: 'hostile',
      score(_, references) {
        (references as string[]).splice(0, references.length, 'edited');
        return 0;
      },
    };
    const { overall, instances } = await evaluate({
      languageModel: modelThatLikes('big'),
      encoder,
      metrics: [hostile, exactMatch, hostile].map((metric, i) => ({ ...metric, name: `m${i}` })),
      tasks: [task('generate', [instance('1', 'large', { references: ['big'] })])],
    });
    expect(overall.scores['m1']?.value).toBe(1);
    expect(instances[0]).toMatchObject({ prediction: 'big', references: ['large', 'big'] });
  });

  it('files instances under their own task and cluster', async () => {
    const { tasks, clusters } = await evaluate({
      languageModel: modelThatLikes('yes'),
      encoder,
      metrics: [exactMatch],
      tasks: [
        task('generate', [
          instance('1', 'yes', { task: 'entailment', cluster: 'inference' }),
          instance('2', 'no', { task: 'cause', cluster: 'inference' }),
          instance('3', 'yes'),
        ]),
      ],
    });
    const line = ({ name, scores }: (typeof tasks)[number]) => [name, scores['exact-match']?.value];
    expect(tasks.map(line)).toEqual([
      ['entailment', 1],
      ['cause', 0],
      ['quiz', 1],
    ]);
    expect(clusters.map(line)).toEqual([
      ['inference', 0.5],
      ['games', 1],
    ]);
    expect(tasks[0]?.cluster).toBe('inference');
  });

  it('reports progress after each batch and measures no more than the limit', async () => {
    const events: EvaluateEvent[] = [];
    await evaluate({
      languageModel: modelThatLikes('a'),
      encoder,
      tasks: [
        task(
          'loss',
          ['1', '2', '3', '4'].map((id) => instance(id, 'a')),
        ),
      ],
      limit: 3,
      batchSize: 2,
      onEvent: (event) => events.push(event),
    });
    expect(events.map((event) => ('done' in event ? event.done : event.type))).toEqual([
      'task-start',
      2,
      3,
      'task-end',
    ]);
  });

  it('stops between batches when told to', async () => {
    const controller = new AbortController();
    const run = evaluate({
      languageModel: modelThatLikes('a'),
      encoder,
      tasks: [
        task(
          'loss',
          ['1', '2'].map((id) => instance(id, 'a')),
        ),
      ],
      batchSize: 1,
      onEvent: ({ type }) => type === 'progress' && controller.abort(new Error('enough')),
      signal: controller.signal,
    });
    await expect(run).rejects.toThrow('enough');
  });

  it('names an unknown metric before it measures anything', async () => {
    const run = evaluate({
      languageModel: modelThatLikes('a'),
      encoder,
      metrics: [exactMatch],
      tasks: [{ ...task('generate', [instance('1', 'a')]), metrics: ['exact-mach'] }],
    });
    await expect(run).rejects.toThrow(
      '[@tunesmith/schema] there is no metric named "exact-mach"; nearest: "exact-match"',
    );
  });

  it.each([
    [{}, 'instance "7" has no choices to rank'],
    [{ choices: ['yes', 'no'] }, 'the output of instance "7" is none of its choices'],
  ])('refuses to rank with meta %o', async (meta, message) => {
    const run = evaluate({
      languageModel: modelThatLikes('a'),
      encoder,
      tasks: [task('rank', [instance('7', 'maybe', meta)])],
    });
    await expect(run).rejects.toThrow(message);
  });
});

describe('instanceTasks', () => {
  it('measures the loss of all, ranks those with choices and generates the others', () => {
    const closed = instance('1', 'yes', { choices: ['yes', 'no'] });
    const open = instance('2', 'anything');
    const made = instanceTasks('heldout', [closed, open], { metrics: ['rouge-l'] });
    expect(made.map(({ name, kind, metrics }) => [name, kind, metrics])).toEqual([
      ['heldout-loss', 'loss', undefined],
      ['heldout-rank', 'rank', undefined],
      ['heldout-generate', 'generate', ['rouge-l']],
    ]);
    expect(made.map((one) => [...(one.instances() as Instance[])].map(({ id }) => id))).toEqual([
      ['1', '2'],
      ['1'],
      ['2'],
    ]);
  });

  it('makes no task without instances', () => {
    expect(instanceTasks('heldout', [instance('1', 'a')]).map(({ kind }) => kind)).toEqual([
      'loss',
      'generate',
    ]);
  });
});

import { describe, expect, test } from 'vitest';
import { acceptPlugin } from './accept.ts';
import type { DatasetAdapter, Metric } from './data-contracts.ts';
import {
  datasetAdapterKind,
  dataSourceKind,
  metricKind,
  promptTemplateKind,
} from './data-kinds.ts';
import { definePlugin, type Plugin } from './contract.ts';
import { definePluginKind } from './kind.ts';
import { findNamed } from './look-up.ts';
import { choosePlugin, describeOptions, labelOf, mentionOf, settle } from './mention.ts';
import { createRegistry } from './registry.ts';

/** The share of the references that an answer holds, cut to `most` characters. */
const shared: Metric = {
  specVersion: 2,
  name: 'shared',
  description: 'The share of the references that stand in the answer.',
  version: 1,
  range: [0, 1],
  higherIsBetter: true,
  options: {
    type: 'object',
    required: ['most'],
    properties: {
      most: { type: 'integer', minimum: 1, default: 100, description: 'Characters that count.' },
      folded: { type: 'boolean', default: false, description: 'Whether case is forgiven.' },
    },
    additionalProperties: false,
  },
  score(prediction, references, { most = 100 } = {}) {
    const text = prediction.slice(0, most as number);
    return references.filter((one) => text.includes(one)).length / references.length;
  },
};
const length: Metric = {
  specVersion: 2,
  name: 'length',
  description: 'How long the answer is.',
  version: 1,
  range: [0, 1],
  higherIsBetter: true,
  score: (prediction) => Math.min(1, prediction.length / 100),
};
const metrics = [shared, length];
const choose = (mention: Parameters<typeof choosePlugin>[1]) =>
  choosePlugin(metricKind, mention, metrics);

describe('a mention', () => {
  test('by name alone takes every default', () => {
    expect(choose('shared')).toEqual({ plugin: shared, options: { most: 100, folded: false } });
    expect(choose('length')).toEqual({ plugin: length, options: {} });
  });

  test('with options is checked by the schema of the plugin that it names', () => {
    expect(choose({ name: 'shared', most: 5 }).options).toEqual({ most: 5, folded: false });
    expect(() => choose({ name: 'shared', moist: 5 })).toThrow(
      '[@tunesmith/schema] metric shared: "moist" is not a known key; nearest: "most"; accepted: most, folded',
    );
    expect(() => choose({ name: 'length', most: 5 })).toThrow(
      'metric length: "most" is not a known key',
    );
  });

  test('of an unknown name lists what exists', () => {
    expect(() => choose('lenght')).toThrow(
      'there is no metric named "lenght"; nearest: "length"; accepted: shared, length',
    );
    expect(() => choosePlugin(metricKind, 'nothing', metrics, ['none'])).toThrow(
      'accepted: shared, length, none',
    );
  });

  test('in full names the options that there are, a label those that are unusual', () => {
    const chosen = choose({ name: 'shared', most: 5 });
    expect(mentionOf(chosen)).toEqual({ name: 'shared', most: 5, folded: false });
    expect(labelOf(chosen)).toBe('shared(most=5)');
    expect(mentionOf(choose('length'))).toBe('length');
    expect(labelOf(choose('shared'))).toBe('shared');
  });

  test('settled is a plugin that asks for no options', () => {
    const settled = settle(metricKind, choose({ name: 'shared', most: 5 }));
    expect(settled).toMatchObject({ name: 'shared(most=5)', range: [0, 1] });
    expect(settled.options).toBeUndefined();
    expect(settled.score('a red apple', ['red', 'apple'])).toBe(0.5);
    expect(settle(metricKind, choose('length'))).toBe(length);
  });
});

test('options are described in the words of their schema', () => {
  expect(describeOptions(shared)).toEqual([
    {
      name: 'most',
      type: 'an integer of at least 1',
      default: 100,
      description: 'Characters that count.',
    },
    {
      name: 'folded',
      type: 'true or false',
      default: false,
      description: 'Whether case is forgiven.',
    },
  ]);
  expect(describeOptions(length)).toEqual([]);
});

describe('what follows version 1 of a contract', () => {
  test('is brought up to date: summary is description', () => {
    const { description: _, ...rest } = length;
    const old = { ...rest, specVersion: 1, summary: 'How long it is.' };
    const accepted = acceptPlugin(metricKind, old);
    expect(accepted).toMatchObject({ specVersion: 2, description: 'How long it is.' });
    expect(accepted.score('a'.repeat(50), [])).toBe(0.5);
  });

  test('keeps the private state of its class', () => {
    class Counting {
      specVersion = 1;
      name = 'counting';
      range = [0, 9];
      higherIsBetter = true;
      #count = 0;
      score(): number {
        this.#count += 1;
        return this.#count;
      }
    }
    const accepted = acceptPlugin(metricKind, new Counting());
    expect([accepted.score('', []), accepted.score('', [])]).toEqual([1, 2]);
  });

  test('is refused with what to change where that is no matter of form', () => {
    const kind = definePluginKind({
      ...metricKind,
      specVersion: 3,
      upgrades: { ...metricKind.upgrades, 2: 'give score a list of answers' },
    });
    for (const specVersion of [1, 2])
      expect(() => acceptPlugin(kind, { ...length, specVersion })).toThrow(
        `the metric "length": specVersion is ${specVersion}; accepted: 3: give score a list of answers`,
      );
  });
});

test.each<[string, Record<string, unknown>, string]>([
  ['a later version', { specVersion: 4 }, 'specVersion is 4; accepted: 2; a newer Tunesmith may'],
  ['no version', { specVersion: undefined }, 'specVersion is undefined; accepted: 2'],
  [
    'a name that no recipe can hold',
    { name: 'My Metric' },
    'name is "My Metric"; accepted: a string',
  ],
  ['no description', { description: undefined }, 'description is missing; accepted: a string'],
  ['no function', { score: 0.5 }, 'the metric "length": score is 0.5; accepted: a function'],
  ['no range', { range: undefined }, 'range is missing; accepted: a list of exactly 2, each a num'],
  ['half a range', { range: [0] }, 'range is [0]; accepted: a list of exactly 2'],
  ['half a reference', { reference: { title: 'T' } }, 'reference.authors is missing'],
  ['options that are no schema', { options: { most: 1 } }, 'options.type is missing'],
])('a plugin with %s is refused', (_, changes, message) => {
  expect(() => acceptPlugin(metricKind, { ...length, ...changes })).toThrow(message);
});

test('two of one name are an error wherever names are looked up', () => {
  const twice = [length, { ...length }];
  const message = 'two metrics are named "length"; accepted: a name that is not taken';
  expect(() => choosePlugin(metricKind, 'length', twice)).toThrow(message);
  expect(() =>
    createRegistry(
      [metricKind],
      twice.map((one) => definePlugin('metric', one)),
    ),
  ).toThrow(message);
  expect(() =>
    findNamed('a', [{ name: 'b' }, { name: 'b' }], { package: 'p', kind: 'part' }),
  ).toThrow('two parts are named "b"');
});

test('a registry finds by kind and name, and knows the kinds it was given', () => {
  const adapter: DatasetAdapter = {
    specVersion: 2,
    name: 'length',
    description: 'Rows with a length.',
    row: { type: 'object' },
    convert: (_, { id }) => ({ id, instruction: 'Measure.', output: '1' }),
  };
  const kinds = [metricKind, datasetAdapterKind, dataSourceKind];
  const plugins = [definePlugin('metric', length), definePlugin('dataset-adapter', adapter)];
  const registry = createRegistry(kinds, plugins);
  expect(registry.get('metric', 'length')).toBe(length);
  expect(registry.get('dataset-adapter', 'length')).toBe(adapter);
  expect(registry.all('data-source')).toEqual([]);
  expect(registry.choose('metric', { name: 'length' })).toEqual({ plugin: length, options: {} });
  expect(() => registry.all(promptTemplateKind.kind)).toThrow(
    'there is no plugin kind named "prompt-template"; accepted: metric, dataset-adapter, data-source',
  );
  const stranger = { kind: 'metrics', value: length } as unknown as Plugin;
  expect(() => createRegistry(kinds, [stranger])).toThrow(
    'there is no plugin kind named "metrics"; nearest: "metric"',
  );
});

import { tf } from '@tunesmith/runtime';
import { matchTensors } from '../match-tensors.ts';
import type { PeftMethod } from '../contract.ts';

/** Settings of the shift. */
export interface ShiftConfig {
  /** What the shift starts as. */
  readonly start: number;
  /** Base tensors to train. */
  readonly base: readonly string[];
}

/**
 * The smallest method there is, for tests: adds a trained vector `shift` `[width]` to the output of every feed-forward
 * part, and trains copies of the base tensors it is told to.
 */
export const shift: PeftMethod<ShiftConfig> = {
  specVersion: 2,
  name: 'shift',
  description: 'A trained vector after every feed-forward part.',
  reference: { title: 'Shift', authors: 'Nobody', year: 2026, url: 'https://example.org' },
  options: {
    type: 'object',
    additionalProperties: false,
    required: ['start', 'base'],
    properties: {
      start: { type: 'number', default: 0, description: 'What the shift starts as.' },
      base: {
        type: 'array',
        items: { type: 'string' },
        default: [],
        description: 'Base tensors to train.',
      },
    },
  },
  plan: (model, config) => ({
    tensors: [
      { name: 'shift', shape: [model.width], init: { kind: 'constant', value: config.start } },
    ],
    base: config.base,
    sites: model.sites.flatMap((site) => (site.kind === 'sublayer' ? [site.name] : [])),
  }),
  hooks: ({ parameter }) => ({
    sublayer: (site, { output }) =>
      site.role === 'feed_forward' ? tf.add(output, parameter('shift')) : output,
  }),
  files: {
    tensorFile: 'shift.safetensors',
    marker: 'kind "shift"',
    recognizes: (config) => config['kind'] === 'shift',
    write: ({ config, parameters }) => ({
      config: { kind: 'shift', ...config },
      tensors: parameters,
    }),
    read: (files, model) => {
      const { start, base } = files.config as unknown as ShiftConfig;
      const expected = [
        { name: 'shift', key: 'shift', shape: [model.width] },
        ...base.map((name) => ({ name, key: name, shape: model.tensors[name]?.shape ?? [] })),
      ];
      return {
        config: { start, base },
        parameters: matchTensors({ package: 'shift', files, expected }),
      };
    },
  },
};

import { matchTensors } from '@tunesmith/peft';
import type { AdapterFormat, PeftMethod } from '@tunesmith/peft';
import { tf } from '@tunesmith/runtime';

const reference = { title: 'A test', authors: 'Nobody', year: 2026, url: 'https://example.org' };

function files(kind: string, shape: (width: number) => readonly number[]): AdapterFormat {
  return {
    tensorFile: `${kind}.safetensors`,
    marker: `kind "${kind}"`,
    recognizes: (config) => config['kind'] === kind,
    write: ({ config, parameters }) => ({ config: { kind, ...config }, tensors: parameters }),
    read: (found, { width }) => {
      const { kind: _, ...config } = found.config;
      const expected = [{ name: 'vectors', key: 'vectors', shape: shape(width) }];
      return { config, parameters: matchTensors({ package: 'test', files: found, expected }) };
    },
  };
}

/** Adds one of three trained vectors to what every feed-forward layer gives: the one that the record's `meta.number` names. */
export const vectorOfTask: PeftMethod = {
  specVersion: 2,
  name: 'vector-of-task',
  description: 'A vector for each of three tasks.',
  reference,
  options: { type: 'object', properties: {}, additionalProperties: false },
  plan: ({ width, sites }) => ({
    tensors: [{ name: 'vectors', shape: [3, width], init: { kind: 'zeros' } }],
    base: [],
    sites: sites.flatMap((site) => (site.kind === 'sublayer' ? [site.name] : [])),
    inputs: [{ name: 'task', dtype: 'int32', size: 1, key: 'number', below: 3 }],
  }),
  hooks: ({ parameter, input, spread }) => ({
    sublayer(site, { output }) {
      if (site.role !== 'feed_forward') return output;
      const number = tf.reshape(input('task'), [-1]) as tf.Tensor1D;
      const chosen = tf.matMul(tf.oneHot(number, 3), parameter('vectors')); // [documents, width]
      return tf.add(output, spread(chosen, site));
    },
  }),
  files: files('vector-of-task', (width) => [3, width]),
};

/**
 * Adds a trained vector to what every feed-forward layer gives; after each update it is put back onto the ball of radius 0.05, and
 * `largest` keeps how long it ever was before.
 */
export const vectorInBall: PeftMethod = {
  specVersion: 2,
  name: 'vector-in-ball',
  description: 'A vector that is kept short.',
  reference,
  options: { type: 'object', properties: {}, additionalProperties: false },
  plan: ({ width, sites }) => ({
    tensors: [{ name: 'vectors', shape: [width], init: { kind: 'zeros' } }],
    base: [],
    sites: sites.flatMap((site) => (site.kind === 'sublayer' ? [site.name] : [])),
    state: [{ name: 'largest', shape: [] }],
  }),
  hooks: ({ parameter }) => ({
    sublayer: (site, { output }) =>
      site.role === 'feed_forward' ? tf.add(output, parameter('vectors')) : output,
  }),
  afterUpdate({ parameters, state }) {
    const vector = parameters['vectors']!;
    const norm = tf.sqrt(tf.add(tf.sum(tf.square(vector)), 1e-20));
    return {
      parameters: { vectors: tf.mul(vector, tf.minimum(1, tf.div(0.05, norm))) },
      state: { largest: tf.maximum(state['largest']!, norm) },
    };
  },
  files: files('vector-in-ball', (width) => [width]),
};

import { matchTensors } from '@tunesmith/peft';
import { tf } from '@tunesmith/runtime';
import { definePlugin } from '@tunesmith/schema';

/** @param {string} site */
const vectorsOf = (site) => `${site}.vectors`;

/** @type {(model: import('@tunesmith/models').ModelSpec, config: { tasks: number, radius: number }) => import('@tunesmith/peft').Plan} */
const plan = ({ sites, width }, { tasks }) => {
  const layers = sites.flatMap((site) =>
    site.kind === 'sublayer' && site.role === 'feed_forward' ? [site.name] : [],
  );
  return {
    tensors: layers.map((name) => ({
      name: vectorsOf(name),
      shape: [tasks, width],
      init: { kind: 'zeros' },
      site: name,
    })),
    base: [],
    sites: layers,
    inputs: [{ name: 'task', dtype: 'int32', size: 1, key: 'task_number', below: tasks }],
    state: [{ name: 'projected', shape: [] }],
  };
};

/**
 * One trained vector a task for each feed-forward layer: `y = f(x) + v[t]`, t the record's `meta.task_number`. After each update
 * vectors longer than `radius` are put back onto the ball of that radius; how many were is counted. Trains layers · tasks · width.
 *
 * @type {import('@tunesmith/peft').PeftMethod<{ tasks: number, radius: number }>}
 */
export const taskVectors = {
  specVersion: 2,
  name: 'task-vectors',
  description: 'A vector for each task, added to what feed-forward layers give.',
  options: {
    type: 'object',
    properties: {
      tasks: { type: 'integer', minimum: 1, default: 2, description: 'How many tasks there are.' },
      radius: {
        type: 'number',
        exclusiveMinimum: 0,
        default: 1,
        description: 'The longest that a vector may be.',
      },
    },
    additionalProperties: false,
  },
  plan,
  hooks: ({ config: { tasks }, plan: { sites }, parameter, input, spread }) => ({
    sublayer(site, { output }) {
      if (!sites.includes(site.name)) return output;
      const number = /** @type {tf.Tensor1D} */ (tf.reshape(input('task'), [-1])); // [documents]
      const own = tf.matMul(tf.oneHot(number, tasks), parameter(vectorsOf(site.name)));
      return tf.add(output, spread(own, site)); // [documents, width] as [batch, tokens, width]
    },
  }),
  afterUpdate({ config: { radius }, parameters, state }) {
    /** @type {Record<string, tf.Tensor>} */
    const kept = {};
    let projected = /** @type {tf.Tensor} */ (state['projected']);
    for (const [name, vectors] of Object.entries(parameters)) {
      const norm = tf.sqrt(tf.add(tf.sum(tf.square(vectors), 1, true), 1e-20)); // [tasks, 1]
      kept[name] = tf.mul(vectors, tf.minimum(1, tf.div(radius, norm)));
      projected = tf.add(projected, tf.sum(tf.cast(tf.greater(norm, radius), 'float32')));
    }
    return { parameters: kept, state: { projected } };
  },
  files: {
    tensorFile: 'adapter_model.safetensors',
    marker: 'format "task-vectors"',
    recognizes: (file) => file['format'] === 'task-vectors',
    write: ({ config, parameters }, { baseModel }) => ({
      config: { format: 'task-vectors', base_model_name_or_path: baseModel, config },
      tensors: parameters,
    }),
    read: (files, model) => {
      const config = /** @type {{ tasks: number, radius: number }} */ (files.config['config']);
      const expected = plan(model, config).tensors.map(({ name, shape }) => ({
        name,
        key: name,
        shape,
      }));
      return { config, parameters: matchTensors({ package: 'task-vectors', files, expected }) };
    },
  },
};

/** What a recipe finds when it names this file in `plugins`. */
export const plugins = [definePlugin('method', taskVectors)];

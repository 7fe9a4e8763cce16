import { embedding } from '@tunesmith/kernels';
import { normalSource } from '@tunesmith/schema';
import { tf } from '@tunesmith/runtime';
import type { Hooks, ModelSpec } from '@tunesmith/models';
import { savedModules } from '@tunesmith/peft';
import type { HookScope, Init, PeftMethod, Plan } from '@tunesmith/peft';
import { promptTensor } from '../peft-prompt.ts';
import { firstRows } from '../prompt/first-rows.ts';
import { invalidPrompt, requireRoom } from '../room.ts';
import { multiTaskConfigSchema } from './config.ts';
import type { MultiTaskConfig, MultiTaskTensors } from './config.ts';
import { multiTaskFiles } from './files.ts';
import { prepareMultiTask, startingFactors, startsFromSource } from './source.ts';

/** Deviation of factors around what they start from, as in PEFT. */
const deviation = 0.02;

/**
 * Multi-task prompt tuning: one prompt P `[n, width]` that several tasks share, and for each task k factors u_k `[n, r]` and v_k
 * `[r, width]` that stretch it: documents of task k have `P ∘ (u_k v_k)` before them. First trained over source tasks, each record
 * with its task's number; then, from there, for one target task.
 *
 * Parameters: n · width + tasks · r · (n + width), plus the modules of `modules_to_save`. There is no state without effect and no
 * merge, as with prompt tuning.
 *
 * @see Wang et al., Multitask Prompt Tuning Enables Parameter-Efficient Transfer Learning, 2023, https://arxiv.org/abs/2303.02861
 */
export const multiTaskPromptTuning: PeftMethod<MultiTaskConfig> = {
  specVersion: 2,
  name: 'multi-task-prompt-tuning',
  description: 'Virtual tokens that several tasks share, with factors for each task.',
  reference: {
    title: 'Multitask Prompt Tuning Enables Parameter-Efficient Transfer Learning',
    authors: 'Wang et al.',
    year: 2023,
    url: 'https://arxiv.org/abs/2303.02861',
  },
  learningRate: 1e-3,
  options: multiTaskConfigSchema,
  prepare: prepareMultiTask,
  plan: planMultiTask,
  hooks: multiTaskHooks,
  files: multiTaskFiles,
};

/** The shared prompt and the factors of each task, and the modules that train whole. */
function planMultiTask(model: ModelSpec, config: MultiTaskConfig): Plan {
  const { virtual_tokens: count, tasks, ranks, task_key: key } = config;
  requireRoom(model, count);
  const site = model.embed.name;
  return {
    tensors: [
      { name: promptTensor, shape: [count, model.width], init: sharedPrompt(model, config), site },
      {
        name: 'prefix_task_cols',
        shape: [tasks, count, ranks],
        init: factors(config, 'prefix_task_cols', tasks * count * ranks),
        site,
      },
      {
        name: 'prefix_task_rows',
        shape: [tasks, ranks, model.width],
        init: factors(config, 'prefix_task_rows', tasks * ranks * model.width),
        site,
      },
    ],
    ...savedModules('@tunesmith/prompt', model, config.modules_to_save),
    sites: [site],
    virtualTokens: { place: 'input', count },
    ...(tasks === 1
      ? {}
      : { inputs: [{ name: 'task', key, dtype: 'int32', size: 1, below: tasks }] }),
  };
}

function sharedPrompt(model: ModelSpec, config: MultiTaskConfig): Init {
  const { init, token_ids, virtual_tokens: count } = config;
  if (init === 'vocabulary' || init === 'random' || init === 'text')
    return firstRows(model, { init, token_ids }, count);
  return fromSource(config, 'prompt_embeddings', ({ data }) => Float32Array.from(data));
}

/**
 * PEFT's factors are N(0, 0.02²), whose product makes every prompt vanish at first. Here the first rank starts around 1 and the
 * others around 0, so that the product starts around 1 and each task's prompt as the shared one.
 */
function factors(
  config: MultiTaskConfig,
  name: 'prefix_task_cols' | 'prefix_task_rows',
  size: number,
): Init {
  const { init, ranks } = config;
  if (init === 'random') return { kind: 'normal', std: deviation };
  if (startsFromSource(config) && init !== 'only-source-shared')
    return fromSource(config, name, (tensor) => startingFactors(config, tensor));
  const isFirstRank = (index: number): boolean =>
    name === 'prefix_task_cols'
      ? index % ranks === 0
      : Math.floor((index * config.tasks * ranks) / size) % ranks === 0;
  return {
    kind: 'computed',
    compute({ random }) {
      const normal = normalSource(random);
      return Float32Array.from(
        { length: size },
        (_, i) => (isFirstRank(i) ? 1 : 0) + deviation * normal(),
      );
    },
  };
}

function fromSource(
  { source }: MultiTaskConfig,
  name: keyof MultiTaskTensors,
  take: (tensor: MultiTaskTensors[typeof name]) => Float32Array,
): Init {
  return {
    kind: 'computed',
    compute() {
      // A loaded prompt has its values; only a new one would come here.
      if (source) return take(source[name]);
      throw invalidPrompt(
        'the prompt that this one starts from is not known',
        null,
        'a configuration completed by prepare',
      );
    },
  };
}

function multiTaskHooks({ config, parameter, input }: HookScope<MultiTaskConfig>): Hooks {
  const { tasks } = config;
  /** A task's factors for each document, or those of the one task. */
  const own = (name: string): tf.Tensor => {
    const all = parameter(name);
    const [, rows, columns] = all.shape as [number, number, number];
    if (tasks === 1) return tf.reshape(all, [rows, columns]);
    const task = tf.reshape(input('task'), [1, -1]);
    const chosen = embedding(tf.reshape(all, [tasks, rows * columns]), task);
    return tf.reshape(chosen, [-1, rows, columns]);
  };
  return {
    embeddingRows: () =>
      tf.mul(parameter(promptTensor), tf.matMul(own('prefix_task_cols'), own('prefix_task_rows'))),
  };
}

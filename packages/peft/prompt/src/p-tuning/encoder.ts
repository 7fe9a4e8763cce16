import type { ModelSpec } from '@tunesmith/models';
import type { PlannedTensor } from '@tunesmith/peft';
import type { Algebra } from '../algebra.ts';
import { plannedLinear } from '../network.ts';
import { promptTensor } from '../peft-prompt.ts';
import type { PTuningConfig } from './config.ts';

/** Name of the vectors that go into the network, `[virtual tokens, width]`. */
const embedding = 'embedding.weight';

/** Width inside the network. */
export function hiddenSize(model: ModelSpec, { hidden_size: size }: PTuningConfig): number {
  return size ?? model.width;
}

/** The tensors of the network under the names of PEFT's `PromptEncoder`, or the vectors alone without one. */
export function plannedEncoder(model: ModelSpec, config: PTuningConfig): PlannedTensor[] {
  const { width, embed } = model;
  const site = embed.name;
  const rows = {
    shape: [config.virtual_tokens, width],
    init: { kind: 'normal', std: 1 },
    site,
  } as const;
  const hidden = hiddenSize(model, config);
  const map = (name: string, from: number, to: number): PlannedTensor[] =>
    plannedLinear(`mlp_head.${name}`, from, to, site);
  if (config.encoder === 'none')
    return [{ name: promptTensor, ...rows, init: { kind: 'rows', of: embed.weight } }];
  if (config.encoder === 'mlp')
    return [
      { name: embedding, ...rows },
      ...map('0', width, hidden),
      ...map('2', hidden, hidden),
      ...map('4', hidden, width),
    ];
  const gates = 4 * hidden;
  const lstm = Array.from({ length: config.layers }, (_, layer) =>
    directions.flatMap((direction): PlannedTensor[] => {
      const from = layer === 0 ? width : 2 * hidden;
      const init = { kind: 'uniform', bound: 1 / Math.sqrt(hidden) } as const;
      const { inputWeight, stateWeight, inputBias, stateBias } = lstmNames(layer, direction);
      return [
        { name: inputWeight, shape: [gates, from], init, site },
        { name: stateWeight, shape: [gates, hidden], init, site },
        { name: inputBias, shape: [gates], init, site },
        { name: stateBias, shape: [gates], init, site },
      ];
    }),
  ).flat();
  return [
    { name: embedding, ...rows },
    ...lstm,
    ...map('0', 2 * hidden, 2 * hidden),
    ...map('2', 2 * hidden, width),
  ];
}

const directions = ['', '_reverse'] as const;

/** torch's names of the tensors of one layer and direction. */
function lstmNames(
  layer: number,
  direction: '' | '_reverse',
): Record<'inputWeight' | 'stateWeight' | 'inputBias' | 'stateBias', string> {
  const name = (part: string): string => `lstm_head.${part}_l${layer}${direction}`;
  return {
    inputWeight: name('weight_ih'),
    stateWeight: name('weight_hh'),
    inputBias: name('bias_ih'),
    stateBias: name('bias_hh'),
  };
}

/**
 * The virtual tokens `[virtual tokens, width]` that the network gives, as PEFT's `PromptEncoder` computes them.
 *
 * - `mlp`: `W₃ relu(W₂ relu(W₁ e + b₁) + b₂) + b₃`.
 * - `lstm`: `W₂ relu(W₁ h + b₁) + b₂`, h the states of both directions of an LSTM over the vectors e, side by side.
 *
 * @param drop what happens between the layers of the LSTM
 */
export function encodePrompt<T>(
  algebra: Algebra<T>,
  config: PTuningConfig,
  parameter: (name: string) => T,
  hidden: number,
  drop: (x: T, layer: number) => T = (x) => x,
): T {
  if (config.encoder === 'none') return parameter(promptTensor);
  const map = (x: T, name: string): T =>
    algebra.linear(x, parameter(`mlp_head.${name}.weight`), parameter(`mlp_head.${name}.bias`));
  const vectors = parameter(embedding);
  if (config.encoder === 'mlp') {
    const first = algebra.relu(map(vectors, '0'));
    return map(algebra.relu(map(first, '2')), '4');
  }
  let states = vectors;
  for (let layer = 0; layer < config.layers; layer += 1) {
    const input = layer === 0 ? states : drop(states, layer);
    states = algebra.join(
      directions.map((direction) =>
        runLstm(algebra, input, lstmNames(layer, direction), parameter, {
          count: config.virtual_tokens,
          hidden,
          reversed: direction === '_reverse',
        }),
      ),
    );
  }
  return map(algebra.relu(map(states, '0')), '2');
}

/**
 * One direction of a layer: `i, f, o = σ(…)`, `g = tanh(…)` of `W x + b + U h + c`, `c ← f c + i g`, `h ← o tanh(c)`.
 *
 * @returns the states of all rows, in the order of the rows
 */
function runLstm<T>(
  algebra: Algebra<T>,
  input: T,
  names: ReturnType<typeof lstmNames>,
  parameter: (name: string) => T,
  { count, hidden, reversed }: { count: number; hidden: number; reversed: boolean },
): T {
  const { add, multiply, sigmoid, tanh } = algebra;
  const given = algebra.linear(input, parameter(names.inputWeight), parameter(names.inputBias));
  const [weight, bias] = [parameter(names.stateWeight), parameter(names.stateBias)];
  const order = Array.from({ length: count }, (_, i) => (reversed ? count - 1 - i : i));
  const states: T[] = [];
  let [state, cell] = [algebra.zeros(1, hidden), algebra.zeros(1, hidden)];
  for (const row of order) {
    const all = add(algebra.row(given, row), algebra.linear(state, weight, bias));
    const [i, f, g, o] = [0, 1, 2, 3].map((gate) =>
      algebra.columns(all, gate * hidden, hidden),
    ) as [T, T, T, T];
    cell = add(multiply(sigmoid(f), cell), multiply(sigmoid(i), tanh(g)));
    state = multiply(sigmoid(o), tanh(cell));
    states[row] = state;
  }
  return algebra.stack(states);
}

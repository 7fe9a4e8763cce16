import { totalmem } from 'node:os';
import type { ModelSpec } from '@tunesmith/models';
import { TunesmithError, type Recipe } from '@tunesmith/schema';

/** Bytes of memory this process may use: the machine's, or what its container is given. */
export function machineMemory(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
}

/** What a row of a batch needs on the host for as long as a step lasts: ids, targets, positions, documents. */
const bytesPerInput = 16;
/** Measured: what a backward pass keeps, over the outputs of the model's linear maps and norms. */
const kept = 1.25;

/** Roughly what a training step holds for each token: the outputs of each site but the head, in float32. */
export function bytesPerToken(spec: ModelSpec): number {
  const numbers = spec.sites.reduce((sum, site) => {
    if (site.kind === 'linear') return site.head ? sum : sum + site.out;
    return site.kind === 'norm' || site.kind === 'embed' ? sum + site.width : sum;
  }, 0);
  return kept * 4 * numbers;
}

/** What the training of a recipe is estimated from. */
export interface MemoryNeed {
  training: Pick<Recipe['training'], 'batch_size' | 'gradient_accumulation'>;
  spec: ModelSpec;
  /** Tokens in a row. */
  tokens: number;
  /** Whether every weight trains. */
  full: boolean;
}

/**
 * Refuses a step that this machine cannot hold, by an estimate that rather lets pass than refuses: better one line now
 * than a process that is killed later, without a word.
 *
 * @throws TunesmithError `too-large` naming the setting and the estimate
 */
export function checkMemory(need: MemoryNeed, memory = machineMemory()): void {
  const { spec, tokens, full, training } = need;
  const { batch_size: rows, gradient_accumulation: accumulation } = training;
  const parameters = Object.values(spec.tensors).reduce(
    (sum, { shape }) => sum + shape.reduce((count, size) => count * size, 1),
    0,
  );
  const weights = parameters * 4 * (full ? 4 : 1);
  const row = tokens * bytesPerToken(spec);
  const most = Math.max(1, Math.floor((memory - weights) / row));
  if (weights + row > memory) {
    const accepted =
      'a smaller training.max_length, a smaller model, or a machine with more memory';
    throw tooLarge(`a row of ${tokens} tokens`, weights + row, memory, tokens, accepted);
  }
  if (rows > most) {
    const what = `training.batch_size ${rows} × ${tokens} tokens`;
    const accepted = `at most ${most}; training.gradient_accumulation makes a larger step of smaller batches`;
    throw tooLarge(what, weights + rows * row, memory, rows, accepted);
  }
  const inputs = rows * accumulation * tokens * bytesPerInput;
  if (weights + inputs > memory) {
    const what = `training.gradient_accumulation ${accumulation} × ${rows} rows × ${tokens} tokens`;
    const accepted = `at most ${Math.floor((memory - weights) / (rows * tokens * bytesPerInput))}`;
    throw tooLarge(what, weights + inputs, memory, accumulation, accepted);
  }
}

function tooLarge(
  what: string,
  bytes: number,
  memory: number,
  value: number,
  accepted: string,
): TunesmithError {
  const gigabytes = (of: number) =>
    (of / 1e9).toLocaleString('en-US', { maximumFractionDigits: of < 1e10 ? 1 : 0 });
  return new TunesmithError({
    package: 'tunesmith',
    code: 'too-large',
    message: `${what} would take about ${gigabytes(bytes)} GB; this machine has ${gigabytes(memory)} GB`,
    value,
    accepted,
  });
}

import { totalmem } from 'node:os';
import { getHeapStatistics } from 'node:v8';
import type { ModelSpec } from '@tunesmith/models';
import { TunesmithError, type Recipe } from '@tunesmith/schema';

/** Bytes of memory this process may use: the machine's, or what its container is given. */
export function machineMemory(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
}

/** What a token of a batch needs on the host for as long as a step lasts: its id, target, position and document. */
const bytesPerInput = 16;
/** What a batch needs on JavaScript's heap as long as the step lasts. */
const bytesPerBatch = 2048;
/** Measured: what a short row takes on JavaScript's heap as tokens, with its place in the order of rows. */
const bytesPerRow = 1024;
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
  const batch = rows * tokens * bytesPerInput + bytesPerBatch;
  const batches = Math.floor(
    Math.min((memory - weights) / batch, getHeapStatistics().heap_size_limit / bytesPerBatch),
  );
  if (accumulation > batches) {
    const what = `training.gradient_accumulation ${accumulation} × ${rows} rows × ${tokens} tokens`;
    throw tooLarge(
      what,
      weights + accumulation * batch,
      memory,
      accumulation,
      `at most ${batches}`,
    );
  }
}

/**
 * Refuses more training rows than JavaScript's heap can hold, by an estimate that rather lets pass than refuses.
 *
 * @param what what asks for them, such as `weight 1000000 × 30 rows`
 * @throws TunesmithError `too-large` naming the estimate
 */
export function checkRows(
  what: string,
  rows: number,
  heap = getHeapStatistics().heap_size_limit,
): void {
  const most = Math.floor(heap / bytesPerRow);
  if (rows <= most) return;
  const accepted = `at most ${most} rows; training.epochs goes over the same rows several times`;
  throw tooLarge(what, rows * bytesPerRow, heap, rows, accepted);
}

/**
 * Refuses an answer whose keys and values this machine cannot hold. An answer never reaches further than the model's
 * positions.
 *
 * @throws TunesmithError `too-large` naming the estimate
 */
export function checkAnswer(
  spec: ModelSpec,
  maximumTokens: number,
  memory = machineMemory(),
): void {
  const tokens = Math.min(maximumTokens, spec.maximumPositions);
  const perToken = spec.caches.reduce(
    (sum, { holds, shape: [kvHeads, headDim] }) =>
      sum + (holds === 'tokens' ? 2 * kvHeads * headDim * 4 : 0),
    0,
  );
  if (tokens * perToken <= memory) return;
  const what = `an answer of ${tokens} tokens`;
  const accepted = `at most ${Math.floor(memory / perToken)} new tokens`;
  throw tooLarge(what, tokens * perToken, memory, maximumTokens, accepted);
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

import {
  copiedBytes,
  decodingBytes,
  placedBytes,
  type ModelSpec,
  type PrecisionName,
} from '@tunesmith/models';
import { TunesmithError, type Recipe } from '@tunesmith/schema';

/** Bytes of memory this process may use: the machine's, or what its container is given; without end where a browser does not tell. */
export function machineMemory(): number {
  // Asked for rather than imported: browsers have no such module.
  const total = globalThis.process?.getBuiltinModule?.('node:os').totalmem();
  if (total === undefined) return Number.POSITIVE_INFINITY;
  const constrained = process.constrainedMemory();
  return constrained > 0 ? Math.min(constrained, total) : total;
}

/** Bytes that JavaScript's heap may grow to; without end where a browser does not tell. */
function largestHeap(): number {
  const heap = globalThis.process?.getBuiltinModule?.('node:v8').getHeapStatistics();
  return heap?.heap_size_limit ?? Number.POSITIVE_INFINITY;
}

/** What a token of a batch needs on the host for as long as a step lasts: its id, target, position and document. */
const bytesPerInput = 16;
/** What a batch needs on JavaScript's heap as long as the step lasts. */
const bytesPerBatch = 2048;
/** Measured: what a row takes with its place in the order of rows, where its tokens lie on the disk or are those of another row. */
const bytesPerRow = 320;
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
  /** Whether the optimizer gives gradients up in the backward pass, and keeps no state to speak of. */
  fused?: boolean;
  /** What the frozen weights lie on the device in. */
  precision: PrecisionName;
  /** Whether in int8 the head computes in integers too. */
  head?: boolean;
  /** Whether rows are calibrated by: the model then runs in float32 first. */
  calibrated?: boolean;
}

/**
 * Refuses a step that this machine cannot hold, by an estimate that rather lets pass than refuses: better one line now
 * than a process that is killed later, without a word.
 *
 * @throws TunesmithError `too-large` naming the setting and the estimate
 */
export function checkMemory(need: MemoryNeed, memory = machineMemory()): void {
  const { spec, tokens, full, fused = false, training, precision } = need;
  const { head = false, calibrated = false } = need;
  const { batch_size: rows, gradient_accumulation: accumulation } = training;
  // Trained weights have gradients and two moments beside them; of what a fused optimizer moves, copies come out of a step.
  const weights = placedBytes(spec, precision, { head }) * (full ? (fused ? 2 : 4) : 1);
  if (precision === 'int8' && calibrated && placedBytes(spec) > memory) {
    const accepted = 'model.calibration_rows: 0, which takes no pass in float32';
    const what = 'calibrating the model, in float32,';
    throw tooLarge(what, placedBytes(spec), memory, 'int8', accepted);
  }
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
  const batches = Math.floor(Math.min((memory - weights) / batch, largestHeap() / bytesPerBatch));
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
export function checkRows(what: string, rows: number, heap = largestHeap()): void {
  const most = Math.floor(heap / bytesPerRow);
  if (rows <= most) return;
  const accepted = `at most ${most} rows; training.epochs goes over the same rows several times`;
  throw tooLarge(what, rows * bytesPerRow, heap, rows, accepted);
}

/** What writing answers is estimated from. */
export interface AnswerNeed {
  spec: ModelSpec;
  /** Tokens of the longest answer. */
  maximumTokens: number;
  /** How many prompts are answered; one by default. */
  prompts?: number;
  /** What the weights lie on the device in. */
  precision?: PrecisionName;
  /** Whether the device runs graphs with open axes, which have a copy of the weights. */
  copies?: boolean;
}

/**
 * Refuses answers whose keys and values this machine cannot hold beside the model's weights and the copy of them that writing keeps. An answer never reaches further
 * than the model's positions.
 *
 * @throws TunesmithError `too-large` naming the estimate
 */
export function checkAnswer(need: AnswerNeed, memory = machineMemory()): void {
  const { spec, maximumTokens, prompts = 1, precision = 'float32', copies = false } = need;
  const weights = placedBytes(spec, precision) + (copies ? copiedBytes(spec, precision) : 0);
  const longest = Math.min(maximumTokens, spec.maximumPositions);
  const bytesOf = (tokens: number): number =>
    weights + decodingBytes(spec, { texts: prompts, tokens });
  if (bytesOf(longest) <= memory) return;
  let most = longest;
  while (most > 1 && bytesOf(most) > memory) most = Math.floor(most / 2);
  const what =
    prompts === 1 ? `an answer of ${longest} tokens` : `${prompts} answers of ${longest} tokens`;
  const accepted = bytesOf(most) > memory ? 'a smaller model' : `at most ${most} new tokens`;
  throw tooLarge(what, bytesOf(longest), memory, maximumTokens, accepted);
}

function tooLarge(
  what: string,
  bytes: number,
  memory: number,
  value: unknown,
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

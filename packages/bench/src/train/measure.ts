import { writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { peerFile, startContestant, type Contestant } from '../contestant.ts';
import { configuration, fixedRow, productOperations, realExamples } from './job.ts';
import type { JobExample } from './job.ts';

/** One side of a comparison. */
export interface Side {
  /** Seconds: the median step of part (a), the whole pass of part (b). */
  readonly seconds: number;
  /** Tokens a second: all tokens in part (a), supervised tokens in part (b). */
  readonly tokensPerSecond: number;
  /** Peak resident memory in bytes. */
  readonly peakMemory: number;
}

/** Two sides on the same job in the same run, and by how much ours is faster and lighter. */
export interface Comparison {
  readonly job: string;
  /** What ours ran in. */
  readonly precision: 'float32' | 'int8';
  readonly peer: string;
  readonly ours: Side;
  readonly theirs: Side;
  /** Their seconds over ours: above 1, ours is faster. */
  readonly speedRatio: number;
  /** Our peak memory over theirs: below 1, ours is lighter. */
  readonly memoryRatio: number;
  /** The matrix products that the job needs at the machine's limit, over our seconds: 1 would be all that it can do. */
  readonly productShare: number;
}

/** How a measurement is run. */
export interface MeasureOptions {
  readonly threads: number;
  /** What `measureProductLimit` found, in floating-point operations a second. */
  readonly productLimit: number;
  /** A Python with the packages of `peers/requirements.txt`. */
  readonly python: string;
  readonly say: (line: string) => void;
}

/** A program of ours beside this one. */
export const built = (name: string): string =>
  fileURLToPath(new URL(`./${name}.js`, import.meta.url));
/** The middle one. */
export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

/**
 * Part (a): steps of all contestants in turn, so that whatever else the machine does falls on all. Ours in float32 is compared with the
 * peer in float32, ours in int8 with the peer whose weights are bfloat16: each side's choice where it may round.
 */
export async function compareSteps(
  options: MeasureOptions & { steps: number },
): Promise<Comparison[]> {
  const { threads, python, steps, say } = options;
  const ours = (precision: string) =>
    startContestant(process.execPath, [built('step'), String(threads), precision]);
  const peer = (dtype: string) => {
    const job = JSON.stringify({ threads, configuration, dtype, ...fixedRow });
    return startContestant(python, [peerFile('peft_step.py'), job]);
  };
  const sides = {
    'ours float32': ours('float32'),
    'ours int8': ours('int8'),
    'peft float32': peer('float32'),
    'peft bfloat16': peer('bfloat16'),
  };
  type Name = keyof typeof sides;
  const names = Object.keys(sides) as Name[];
  const seconds = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<
    Name,
    number[]
  >;
  // One after the other: four models that are made at once would want the memory of all at their largest.
  for (const name of names) await sides[name].answer();
  const warmUp = 3;
  for (let step = 1; step <= steps + warmUp; step++) {
    for (const name of names) {
      sides[name].tell('step');
      const answer = await sides[name].answer();
      // memory is touched for the first time in the first steps: they are slower on both sides
      if (step > warmUp) seconds[name].push(answer['seconds']!);
      say(
        `step ${step}  ${name}  ${answer['seconds']!.toFixed(2)} s  loss ${answer['loss']!.toFixed(4)}`,
      );
    }
  }
  const side = (name: Name): Side => {
    const each = median(seconds[name]);
    return { seconds: each, tokensPerSecond: 512 / each, peakMemory: finish(sides[name]) };
  };
  const job = {
    job: 'one LoRA step, 512 tokens, 256 supervised',
    leastSeconds: productOperations(512, 256) / options.productLimit,
  };
  return [
    compare(side('ours float32'), side('peft float32'), {
      ...job,
      precision: 'float32',
      peer: 'transformers + PEFT',
    }),
    compare(side('ours int8'), side('peft bfloat16'), {
      ...job,
      precision: 'int8',
      peer: 'transformers + PEFT, weights in bfloat16',
    }),
  ];
}

/** Part (b): a whole pass of each side, one after the other. */
export async function comparePasses(
  options: MeasureOptions & { examples: number },
): Promise<Comparison> {
  const { threads, python, examples: count, say } = options;
  const examples = realExamples(count);
  const supervisedOf = ({ labels }: JobExample) => labels.filter((label) => label !== -100).length;
  const sum = (of: (example: JobExample) => number) =>
    examples.reduce((total, example) => total + of(example), 0);
  const supervised = sum(supervisedOf);
  const operations = sum((each) => productOperations(each.input_ids.length, supervisedOf(each)));
  const file = join(await mkdtemp(join(tmpdir(), 'tunesmith-bench-')), 'job.json');
  writeFileSync(file, JSON.stringify({ threads, configuration, examples }));
  const pass = async (contestant: Contestant): Promise<Side> => {
    const answer = await contestant.answer();
    const seconds = answer['seconds']!;
    return {
      seconds,
      tokensPerSecond: supervised / seconds,
      peakMemory: answer['peak_memory'] ?? finish(contestant),
    };
  };
  const ours = await pass(
    startContestant(process.execPath, [built('pass'), String(threads), String(count)]),
  );
  say(`ours  ${ours.seconds.toFixed(1)} s`);
  const theirs = await pass(startContestant(python, [peerFile('trl_pass.py'), file]));
  say(`theirs  ${theirs.seconds.toFixed(1)} s`);
  return compare(ours, theirs, {
    job: `${count} examples of real lengths, supervised tokens`,
    precision: 'float32',
    peer: 'TRL SFTTrainer',
    leastSeconds: operations / options.productLimit,
  });
}

function finish(contestant: Contestant): number {
  const peak = contestant.peakMemory();
  contestant.end();
  return peak;
}

function compare(
  ours: Side,
  theirs: Side,
  {
    leastSeconds,
    ...about
  }: Pick<Comparison, 'job' | 'precision' | 'peer'> & { leastSeconds: number },
): Comparison {
  return {
    ...about,
    ours,
    theirs,
    speedRatio: theirs.seconds / ours.seconds,
    memoryRatio: ours.peakMemory / theirs.peakMemory,
    productShare: leastSeconds / ours.seconds,
  };
}

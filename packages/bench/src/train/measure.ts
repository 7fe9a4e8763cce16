import { writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startContestant, type Contestant } from '../contestant.ts';
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

const built = (name: string): string => fileURLToPath(new URL(`./${name}.js`, import.meta.url));
const peerProgram = (name: string): string =>
  fileURLToPath(new URL(`../peers/${name}.py`, import.meta.url));
const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

/** Part (a): steps of both sides in turn, so that whatever else the machine does falls on both. */
export async function compareSteps(
  options: MeasureOptions & { steps: number },
): Promise<Comparison> {
  const { threads, python, steps, say } = options;
  const job = JSON.stringify({ threads, configuration, ...fixedRow });
  const sides = {
    ours: startContestant(process.execPath, [built('step'), String(threads)]),
    theirs: startContestant(python, [peerProgram('peft_step'), job]),
  };
  await Promise.all([sides.ours.answer(), sides.theirs.answer()]);
  const seconds: Record<keyof typeof sides, number[]> = { ours: [], theirs: [] };
  const warmUp = 3;
  for (let step = 1; step <= steps + warmUp; step++) {
    for (const name of ['ours', 'theirs'] as const) {
      sides[name].tell('step');
      const answer = await sides[name].answer();
      // memory is touched for the first time in the first steps: they are slower on both sides
      if (step > warmUp) seconds[name].push(answer['seconds']!);
      say(
        `step ${step}  ${name}  ${answer['seconds']!.toFixed(2)} s  loss ${answer['loss']!.toFixed(4)}`,
      );
    }
  }
  const side = (name: keyof typeof sides): Side => {
    const each = median(seconds[name]);
    return { seconds: each, tokensPerSecond: 512 / each, peakMemory: finish(sides[name]) };
  };
  return compare(side('ours'), side('theirs'), {
    job: 'one LoRA step, 512 tokens, 256 supervised',
    peer: 'transformers + PEFT',
    leastSeconds: productOperations(512, 256) / options.productLimit,
  });
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
  const theirs = await pass(startContestant(python, [peerProgram('trl_pass'), file]));
  say(`theirs  ${theirs.seconds.toFixed(1)} s`);
  return compare(ours, theirs, {
    job: `${count} examples of real lengths, supervised tokens`,
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
  { job, peer, leastSeconds }: { job: string; peer: string; leastSeconds: number },
): Comparison {
  return {
    job,
    peer,
    ours,
    theirs,
    speedRatio: theirs.seconds / ours.seconds,
    memoryRatio: ours.peakMemory / theirs.peakMemory,
    productShare: leastSeconds / ours.seconds,
  };
}

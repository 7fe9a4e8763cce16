import { join } from 'node:path';
import { loadModel, saveModel } from '@tunesmith/models/node';
import { exportGguf } from 'tunesmith/node';
import { inTemporaryFolder, peerFile, startContestant, type Contestant } from '../contestant.ts';
import { built, median } from '../train/measure.ts';
import { generationJobs } from './jobs.ts';

/** What one side took. */
export interface GenerationSide {
  readonly side: string;
  /** Seconds until the model was there, the process already started. */
  readonly loadSeconds: number;
  /** Peak resident memory in bytes: after loading, and at the end. */
  readonly loadedMemory: number;
  readonly peakMemory: number;
  /** Seconds of the median turn of each job that it was asked for. */
  readonly seconds: Readonly<Record<string, number>>;
}

/** By how much one is faster than another: a number above 1 is ours, or eight prompts at once. */
export interface GenerationRatio {
  readonly what: string;
  readonly ratio: number;
  /** What it is to be at least. */
  readonly goal: number;
}

/** How it is measured. */
export interface GenerationOptions {
  /** The checkpoint: a GGUF file or a folder. */
  readonly model: string;
  readonly python: string;
  /** A folder with node-llama-cpp among its node_modules; without one llama.cpp is left out. */
  readonly llama?: string | undefined;
  readonly threads: number;
  readonly turns: number;
  readonly tokens: number;
  readonly say: (line: string) => void;
}

/** The same jobs on the same weights by all sides, job by job in turn, so that whatever else the machine does falls on all. */
export function compareGeneration(
  options: GenerationOptions,
): Promise<{ sides: GenerationSide[]; ratios: GenerationRatio[] }> {
  return inTemporaryFolder('generate', (folder) => compareIn(folder, options));
}

async function compareIn(
  folder: string,
  { model, python, llama, threads, turns, tokens, say }: GenerationOptions,
): Promise<{ sides: GenerationSide[]; ratios: GenerationRatio[] }> {
  const path = (name: string): string => join(folder, name);
  say('writing the weights for the peers');
  await saveModel(await loadModel(model), path('float32'), { dtype: 'float32' });
  const ours = (precision: string, file: string) => () =>
    startContestant(process.execPath, [built('generation'), file, precision, String(threads)]);
  const starts: Record<string, () => Contestant> = {
    'ours float32': ours('float32', model),
    'transformers float32': () =>
      startContestant(python, [
        peerFile('transformers_generate.py'),
        path('float32'),
        String(threads),
      ]),
  };
  for (const encoding of ['q8_0', 'q4_0'] as const) {
    const file = path(`${encoding}.gguf`);
    await exportGguf({ model, out: file, encoding });
    starts[`ours ${encoding}`] = ours('blocks', file);
    if (llama !== undefined)
      starts[`llama.cpp ${encoding}`] = () =>
        startContestant(process.execPath, [
          peerFile('llama-generate.mjs'),
          llama,
          file,
          String(threads),
        ]);
  }
  const jobs = generationJobs(tokens);
  const sides = new Map<string, Contestant>();
  const loaded = new Map<string, { loadSeconds: number; loadedMemory: number }>();
  // One after the other: the time that a model takes to load is its own.
  for (const [side, start] of Object.entries(starts)) {
    const contestant = start();
    const { seconds = Number.NaN } = await contestant.answer();
    sides.set(side, contestant);
    loaded.set(side, { loadSeconds: seconds, loadedMemory: contestant.peakMemory() });
  }
  const taken = new Map([...sides.keys()].map((side) => [side, {} as Record<string, number[]>]));
  // In the first turn functions are compiled and memory is touched for the first time, on every side.
  for (let turn = 0; turn <= turns; turn++)
    for (const [name, job] of Object.entries(jobs))
      for (const [side, contestant] of sides) {
        if (side.startsWith('llama.cpp') && !['decode', 'prefill'].includes(name)) continue;
        contestant.tell(JSON.stringify(job));
        const { seconds = Number.NaN } = await contestant.answer();
        if (turn > 0) (taken.get(side)![name] ??= []).push(seconds);
        say(`turn ${turn}  ${name}  ${side}  ${seconds.toFixed(3)} s`);
      }
  const found = [...sides].map(([side, contestant]) => {
    const peakMemory = contestant.peakMemory();
    contestant.end();
    const seconds = Object.fromEntries(
      Object.entries(taken.get(side)!).map(([name, all]) => [name, median(all)]),
    );
    return { side, ...loaded.get(side)!, peakMemory, seconds };
  });
  return { sides: found, ratios: ratiosOf(found) };
}

/** The comparisons that the sides were measured for. */
export function ratiosOf(sides: readonly GenerationSide[]): GenerationRatio[] {
  const of = (side: string, job: string): number =>
    sides.find((one) => one.side === side)?.seconds[job] ?? Number.NaN;
  const ratio = (what: string, theirs: number, our: number, goal: number): GenerationRatio => ({
    what,
    ratio: theirs / our,
    goal,
  });
  const peer = 'transformers float32';
  const own = 'ours float32';
  const one = of(own, 'decode');
  return [
    ratio(`decoding, float32, beside ${peer}`, of(peer, 'decode'), one, 1.5),
    ratio(
      'decoding, Q8_0, beside llama.cpp',
      of('llama.cpp q8_0', 'decode'),
      of('ours q8_0', 'decode'),
      0.8,
    ),
    ratio(
      'decoding, Q4_0, beside llama.cpp',
      of('llama.cpp q4_0', 'decode'),
      of('ours q4_0', 'decode'),
      0.8,
    ),
    ratio('decoding, float32, 8 prompts at once beside one', 8 * one, of(own, 'decode 8'), 4),
    ratio(
      'decoding, Q8_0, 8 prompts at once beside one',
      8 * of('ours q8_0', 'decode'),
      of('ours q8_0', 'decode 8'),
      4,
    ),
    ratio(
      `prefill of 512 tokens, float32, beside ${peer}`,
      of(peer, 'prefill'),
      of(own, 'prefill'),
      1.3,
    ),
    ratio(
      `log-likelihoods, float32, beside ${peer} as lm-evaluation-harness asks it`,
      of(peer, 'score'),
      of(own, 'score'),
      1.5,
    ),
  ].filter(({ ratio: found }) => Number.isFinite(found));
}

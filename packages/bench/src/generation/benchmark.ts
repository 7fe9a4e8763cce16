import { existsSync } from 'node:fs';
import { readOptions, wrongUsage, type Benchmark } from '../benchmark.ts';
import { compareGeneration, type GenerationRatio, type GenerationSide } from './compare.ts';
import { generationJobs } from './jobs.ts';

/** Loading, decoding, reading prompts and scoring, ours and the peers' on the same weights. */
export const generate: Benchmark = {
  name: 'generate',
  usage:
    '--model PATH [--llama FOLDER] [--tokens N] [--turns N] [--threads N] [--python PATH] [--json]',
  description:
    'Loading, decoding, prefill and log-likelihoods of a real checkpoint beside transformers and llama.cpp, as ratios.',
  async run(args) {
    const typed = readOptions(args, {
      model: process.env['TUNESMITH_SMOLLM2'],
      llama: process.env['TUNESMITH_LLAMA'],
      tokens: '64',
      turns: '5',
      threads: '2',
      python: process.env['TUNESMITH_PYTHON'] ?? 'packages/bench/.venv/bin/python',
    });
    const model = typed.text('model');
    if (model === undefined || !existsSync(model))
      throw wrongUsage(
        model === undefined ? 'no checkpoint is named' : `there is no checkpoint at ${model}`,
        model,
        'a GGUF file or a folder, by --model or TUNESMITH_SMOLLM2',
      );
    const python = typed.chosen('python');
    if (!existsSync(python))
      throw wrongUsage(
        `no Python at ${python}`,
        python,
        'a virtual environment with peers/requirements.txt',
      );
    const llama = typed.text('llama');
    if (llama === undefined)
      typed.say(
        'llama.cpp is left out: --llama or TUNESMITH_LLAMA names a folder with node-llama-cpp',
      );
    const [threads, turns, tokens] = [
      typed.wholeNumber('threads'),
      typed.wholeNumber('turns'),
      typed.wholeNumber('tokens'),
    ];
    const { say } = typed;
    const result = await compareGeneration({ model, python, llama, say, threads, turns, tokens });
    process.stdout.write(
      typed.json
        ? `${JSON.stringify(result)}\n`
        : [
            ...result.sides.map((side) => sideRow(side, tokens)),
            ...result.ratios.map(ratioRow),
          ].join(''),
    );
  },
};

function sideRow(
  { side, loadSeconds, loadedMemory, peakMemory, seconds }: GenerationSide,
  tokens: number,
): string {
  const jobs = generationJobs(tokens);
  const rates = Object.entries(seconds).map(([name, took]) => {
    const { kind, prompts } = jobs[name]!;
    const count = kind === 'decode' ? prompts.length * tokens : prompts.flat().length;
    return `${name} ${(count / took).toFixed(1)} tokens/s`;
  });
  return `${side}\n  loaded in ${loadSeconds.toFixed(2)} s, ${(loadedMemory / 1e9).toFixed(2)} GB; peak ${(peakMemory / 1e9).toFixed(2)} GB\n  ${rates.join(', ')}\n`;
}

function ratioRow({ what, ratio, goal }: GenerationRatio): string {
  return `${what}: ${ratio.toFixed(2)} times as fast (at least ${goal})\n`;
}

import { isSupervised } from './command/interrupt.ts';
import { supervise } from './command/supervise.ts';

const words = process.argv.slice(2);
if (isSupervised() || words[0] !== 'train') {
  const { run } = await import('./command/run.ts');
  process.exitCode = await run(words);
} else {
  process.exitCode = await supervise(words);
}

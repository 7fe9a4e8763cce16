import { expect, it } from 'vitest';
import { startContestant } from './contestant.ts';

const program = (code: string) => startContestant(process.execPath, ['-e', code]);

it('answers with the lines of JSON it prints, and waits to be told', async () => {
  const echo = program(
    `process.stdout.write('noise\\n{"ready":1}\\n'); process.stdin.on('data', (d) => d.includes('end') ? process.exit() : process.stdout.write('{"told":2}\\n'))`,
  );
  expect(await echo.answer()).toEqual({ ready: 1 });
  echo.tell('step');
  expect(await echo.answer()).toEqual({ told: 2 });
  expect(echo.peakMemory()).toBeGreaterThan(10e6);
  echo.end();
});

it('shows what a program wrote to standard error before it died', async () => {
  const broken = program(`console.error('no such package'); process.exit(3)`);
  await expect(broken.answer()).rejects.toThrow(/exit code 3[\s\S]*no such package/);
});

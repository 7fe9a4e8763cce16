import { afterEach, expect, test, vi } from 'vitest';
import { openTerminal } from './terminal.ts';

afterEach(() => {
  vi.useRealTimers();
});

test('a download that takes long is told of now and then, in bytes', () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const written: string[] = [];
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    written.push(String(text));
    return true;
  });
  const terminal = openTerminal(false);
  for (let second = 0; second < 12; second++) {
    terminal.working('downloading org/tiny', { done: second * 25e6, total: 300e6 });
    vi.advanceTimersByTime(1000);
  }
  expect(written).toEqual([
    'downloading org/tiny: 125.0 of 300.0 MB (41 %)\n',
    'downloading org/tiny: 250.0 of 300.0 MB (83 %)\n',
  ]);
});

import { printable } from '@tunesmith/schema';
import { paint } from './style-text.ts';

/** Standard output or standard error, which may go away at any time. */
export interface Output {
  /** Whether a person watches. */
  readonly live: boolean;
  /** Writes text for people: control characters are shown as escapes, styles become colors where a person watches. */
  show(text: string): void;
  /** Writes characters as they are. */
  raw(text: string): void;
  /** Aborted once nobody reads any more. */
  readonly gone: AbortSignal;
  /** From now on, what cannot be written is no loss. */
  forgive(): void;
  /** Waits until everything is written; the error if something was lost. */
  finish(): Promise<NodeJS.ErrnoException | undefined>;
}

const outputs = new WeakMap<NodeJS.WriteStream, Output>();

/**
 * A standard stream as an {@link Output}. The other end may close (`| head`), the disk may fill, the terminal may go away:
 * none of these ends the process, and nothing more is written.
 */
export function outputOf(stream: NodeJS.WriteStream): Output {
  const known = outputs.get(stream);
  if (known) return known;
  const { env } = process;
  const live = stream.isTTY === true && env['TERM'] !== 'dumb';
  const colored = !env['NO_COLOR'] && (live || Boolean(env['FORCE_COLOR']));
  let lost: NodeJS.ErrnoException | undefined;
  const gone = new AbortController();
  let forgiven = false;
  // Without a listener, the error of a stream ends the process.
  stream.on('error', (error) => {
    lost ??= error;
    gone.abort(error);
  });
  const raw = (text: string): void => {
    if (!lost) stream.write(text);
  };
  const output: Output = {
    live,
    gone: gone.signal,
    raw,
    show: (text) => raw(paint(printable(text), colored)),
    async finish() {
      while (!lost && stream.writableLength > 0)
        await new Promise((resolve) => setTimeout(resolve, 5));
      // An error is told after the write that met it.
      await new Promise((resolve) => setImmediate(resolve));
      return forgiven ? undefined : lost;
    },
    forgive() {
      forgiven = true;
    },
  };
  outputs.set(stream, output);
  return output;
}

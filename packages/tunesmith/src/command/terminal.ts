import { styleText } from './style-text.ts';

/** Where a command speaks: results on standard output, everything else on standard error. */
export interface Terminal {
  /** Whether results are JSON, for machines. */
  readonly json: boolean;
  /** Whether a person watches standard error, so that a line may be drawn over. */
  readonly live: boolean;
  /** A result: the value as JSON under `--json`, else its text. */
  result(value: unknown, text: string): void;
  /** Text of a result as it comes, without a line's end; nothing under `--json`. */
  stream(text: string): void;
  /** A remark on standard error. */
  note(text: string): void;
  /** Draws over the last line on standard error; only where {@link Terminal.live}. */
  draw(line: string): void;
  /** Ends a line that was drawn, so that it stays. */
  endDrawing(): void;
  readonly style: typeof styleText;
  readonly columns: number;
}

/** The terminal of this process. */
export function openTerminal(json: boolean): Terminal {
  const live =
    process.stderr.isTTY === true &&
    process.env['TERM'] !== 'dumb' &&
    process.env['CI'] === undefined;
  let drawn = false;
  const endDrawing = (): void => {
    if (drawn) process.stderr.write('\n');
    drawn = false;
  };
  return {
    json,
    live,
    style: styleText,
    get columns() {
      return process.stderr.columns ?? 80;
    },
    result(value, text) {
      endDrawing();
      process.stdout.write(
        json ? `${JSON.stringify(value)}\n` : text.endsWith('\n') ? text : `${text}\n`,
      );
    },
    stream(text) {
      if (!json) process.stdout.write(text);
    },
    note(text) {
      if (drawn) process.stderr.write('\r\u001b[2K');
      drawn = false;
      process.stderr.write(`${text}\n`);
    },
    draw(line) {
      if (!live) return;
      process.stderr.write(`\r\u001b[2K${line}`);
      drawn = true;
    },
    endDrawing,
  };
}

import type { DownloadProgress } from '@tunesmith/models/node';
import { printable } from '@tunesmith/schema';
import { announceLater, clock } from './attendant.ts';
import { outputOf } from './output.ts';
import { styleText } from './style-text.ts';

/**
 * Where a command speaks: results on standard output, everything else on standard error.
 *
 * It is the one door to both. Texts for people never carry control characters of data, names, templates or plugins: they
 * are shown as escapes such as `\u001b`, on a terminal as in a pipe; only our own styles become escapes, on a terminal.
 * JSON says such characters as escapes too, which programs read as what they were. An answer that goes into a pipe or a
 * file ({@link Terminal.stream}) and the files that commands write hold what the data holds. A stream that goes away ends
 * nothing: the job goes on without words.
 */
export interface Terminal {
  /** Whether results are JSON, for machines. */
  readonly json: boolean;
  /** Whether a person watches standard error, so that a line may be drawn over. */
  readonly live: boolean;
  /**
   * A result: the value as JSON under `--json`, else its text. `kept` says that files hold it too, so that words which
   * cannot be written are no loss.
   */
  result(value: unknown, text: string, options?: { kept: boolean }): void;
  /** Text of a result as it comes, without a line's end; nothing under `--json`. */
  stream(text: string): void;
  /** Aborted once nobody reads standard output. */
  readonly gone: AbortSignal;
  /** A remark on standard error. */
  note(text: string): void;
  /**
   * What begins now. It is said once the command has been silent for a moment, counted from its start or its last word. A download
   * that tells how far it is has a line that is drawn over, or a line now and then.
   */
  working(what: string, progress?: DownloadProgress): void;
  /** Draws over the last line on standard error, as much as fits; only where {@link Terminal.live}. */
  draw(line: string): void;
  /** Ends a line that was drawn, so that it stays. */
  endDrawing(): void;
  readonly style: typeof styleText;
}

/** The terminal of this process. */
export function openTerminal(json: boolean): Terminal {
  const [out, err] = [outputOf(process.stdout), outputOf(process.stderr)];
  const live = err.live && process.env['CI'] === undefined;
  let drawn = false;
  let announced: { cancel(): void } | undefined;
  let spoke = performance.timeOrigin;
  /** When the download that goes on was last told of. */
  let downloadTold: number | undefined;
  const speak = (): void => {
    spoke = clock();
    announced?.cancel();
    announced = undefined;
  };
  const endDrawing = (): void => {
    speak();
    if (drawn) err.raw('\n');
    drawn = false;
  };
  const clear = (): void => {
    speak();
    if (drawn) err.raw('\r\u001b[2K');
    drawn = false;
  };
  const terminal: Terminal = {
    json,
    live,
    style: styleText,
    gone: out.gone,
    result(value, text, options) {
      endDrawing();
      if (options?.kept) out.forgive();
      if (json) out.raw(`${printable(JSON.stringify(value))}\n`);
      else out.show(text.endsWith('\n') ? text : `${text}\n`);
    },
    stream(text) {
      if (json) return;
      speak();
      if (out.live) out.show(text);
      else out.raw(text);
    },
    note(text) {
      clear();
      err.show(`${text}\n`);
    },
    working(what, progress) {
      if (progress === undefined) {
        if (downloadTold !== undefined && drawn) clear();
        downloadTold = undefined;
        announced = announceLater(`${printable(what).replaceAll('\n', ' ')} …`, spoke);
        return;
      }
      const line = `${what}: ${bytesOf(progress)}`;
      const isFirst = downloadTold === undefined;
      const isDue = clock() - (downloadTold ?? -Infinity) >= (live ? 100 : 5000);
      if (isDue) downloadTold = clock();
      if (live && isDue) terminal.draw(line);
      else if (isFirst) announced = announceLater(`${printable(line)} …`, spoke);
      else if (isDue) terminal.note(line);
    },
    draw(line) {
      if (!live) return;
      speak();
      const width = (process.stderr.columns ?? 80) - 1;
      err.raw('\r\u001b[2K');
      err.show(printable(line).replaceAll('\n', ' ').slice(0, width));
      drawn = true;
    },
    endDrawing,
  };
  return terminal;
}

/** How far a download is: `12.5 of 269.1 MB (4 %)`. */
function bytesOf({ done, total }: DownloadProgress): string {
  const [unit, per] = total >= 1e9 ? ['GB', 1e9] : total >= 1e6 ? ['MB', 1e6] : ['kB', 1e3];
  const share = Math.floor((100 * done) / Math.max(1, total));
  return `${(done / per).toFixed(1)} of ${(total / per).toFixed(1)} ${unit} (${share} %)`;
}

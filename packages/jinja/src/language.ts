import type { Builtin } from './signature.ts';
import type { Value } from './values.ts';

/** How white space around tags is treated. */
export interface Trimming {
  /** The line break after a block tag goes (`trim_blocks`). */
  readonly trimBlocks: boolean;
  /** White space before a block tag that begins its line goes (`lstrip_blocks`). */
  readonly stripBlocks: boolean;
  /** A line break at the end of the template stays (`keep_trailing_newline`). */
  readonly keepLastBreak: boolean;
}

/** A dialect of Jinja: how a template is read, and what it may use. What jinja2 calls an environment. */
export interface Language {
  /** For messages: `chat`, `promptsource`. */
  readonly name: string;
  readonly trimming: Trimming;
  /** `{% break %}` and `{% continue %}`. */
  readonly loopControls: boolean;
  /** `{% generation %}`: what the assistant says. */
  readonly generation: boolean;
  /** Methods that change a list or dictionary are hidden, as in jinja2's immutable sandbox. */
  readonly immutable: boolean;
  /** What is missing may not be printed, looped over or asked for its truth (`StrictUndefined`). */
  readonly strictUndefined: boolean;
  readonly filters: ReadonlyMap<string, Builtin>;
  readonly globals: ReadonlyMap<string, Value>;
}

import { compileBody } from './compile/statements.ts';
import { newOutput, textOf, type Frame } from './compile/frame.ts';
import { fromJavaScript } from './convert.ts';
import { JinjaError } from './errors.ts';
import type { Trimming } from './lexer.ts';
import { createMeter } from './limits.ts';
import { parse } from './parser/statements.ts';
import type { Value } from './values.ts';

/** What a rendering may be told beside the template's variables. */
export interface JinjaRenderOptions {
  /** What `strftime_now` takes for now. */
  readonly now: Date;
  /** Printed before and after `{% generation %}` blocks. */
  readonly marks?: readonly [string, string];
}

/** A compiled template. */
export interface JinjaTemplate {
  /** Whether it has `{% generation %}` blocks. */
  readonly hasGeneration: boolean;
  /** Renders with variables. @throws JinjaError */
  render(variables: Readonly<Record<string, unknown>>, options: JinjaRenderOptions): string;
}

/** How chat templates treat white space around tags: transformers' settings. */
export const chatTrimming: Trimming = { trimBlocks: true, stripBlocks: true };

/** Turns JavaScript's complaints about too deep or too long into a limit of the template. */
function guarded<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof RangeError) || error instanceof JinjaError) throw error;
    throw new JinjaError('limit', `it goes beyond what JavaScript can hold: ${error.message}`);
  }
}

/**
 * Compiles a Jinja template with Python's values: what jinja2's immutable sandbox renders, or an error.
 *
 * @param trimming see {@link chatTrimming}
 * @throws JinjaError
 */
export function compileJinja(source: string, trimming: Trimming): JinjaTemplate {
  return guarded(() => {
    const program = parse(source, trimming);
    const execute = compileBody(program.body);
    return {
      hasGeneration: program.hasGeneration,
      render: (variables, { now, marks = ['', ''] }) =>
        guarded(() => {
          const run = { meter: createMeter(), now, marks };
          const given = Object.entries(variables).filter(([, value]) => value !== undefined);
          const frame: Frame = {
            variables: new Map(
              given.map(([name, value]): [string, Value] => [name, fromJavaScript(value)]),
            ),
            parent: undefined,
            run,
            output: newOutput(),
          };
          execute(frame);
          return textOf(run, frame.output);
        }),
    };
  });
}

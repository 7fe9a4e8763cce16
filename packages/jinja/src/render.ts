import { createRandom } from '@tunesmith/schema';
import { freeVariables } from './compile/free-variables.ts';
import { newOutput, textOf, type Frame } from './compile/frame.ts';
import { compileBody } from './compile/statements.ts';
import { fromJavaScript } from './convert.ts';
import { JinjaError, type JinjaPlace } from './errors.ts';
import type { Language } from './language.ts';
import { createMeter } from './limits.ts';
import { parse } from './parser/statements.ts';
import type { Run, Value } from './values.ts';

/** What a rendering may be told beside the template's variables. */
export interface JinjaRenderOptions {
  /** What `strftime_now` takes for now; the time of the rendering by default. */
  readonly now?: Date;
  /** Printed before and after `{% generation %}` blocks; nothing by default. */
  readonly marks?: readonly [string, string];
  /** What `choice` and `random` draw from: numbers from 0 up to 1. By default the same ones in every rendering. */
  readonly random?: () => number;
}

/** A compiled template. */
export interface JinjaTemplate {
  /** Whether it has `{% generation %}` blocks. */
  readonly hasGeneration: boolean;
  /** Names of variables that it reads and does not set itself, in the order in which they come. */
  readonly variables: readonly string[];
  /** Renders with variables. @throws JinjaError */
  render(variables: Readonly<Record<string, unknown>>, options?: JinjaRenderOptions): string;
}

/** Names the place of an error, and turns JavaScript's complaints about too deep or too long into a limit of the template. */
function guarded<T>(work: () => T, place: () => JinjaPlace): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof JinjaError) {
      throw new JinjaError(error.reason, error.said, { ...place(), ...error.place });
    }
    if (!(error instanceof RangeError)) throw error;
    throw new JinjaError(
      'limit',
      `it goes beyond what JavaScript can hold: ${error.message}`,
      place(),
    );
  }
}

const unmarked: readonly [string, string] = ['', ''];

function framed(run: Run, variables: Readonly<Record<string, unknown>>): Frame {
  const given = new Map<string, Value>();
  for (const [name, value] of Object.entries(variables))
    if (value !== undefined) given.set(name, fromJavaScript(value));
  return { variables: given, parent: undefined, run, output: newOutput() };
}

/**
 * Compiles a Jinja template with Python's values: what jinja2 renders in the environment that `language` stands for, or an
 * error that names the template's line. The work that a template may ask for is limited, and nothing of JavaScript can be
 * reached from it.
 *
 * @param name what the template is called in messages
 * @throws JinjaError
 */
export function compileJinja(source: string, language: Language, name?: string): JinjaTemplate {
  const own: JinjaPlace = name === undefined ? {} : { template: name };
  return guarded(
    () => {
      const program = parse(source, language);
      const execute = compileBody(program.body, { language, soft: false });
      return {
        hasGeneration: program.hasGeneration,
        variables: freeVariables(program.body, language),
        render(variables, { now = new Date(), marks = unmarked, random } = {}) {
          const meter = createMeter();
          const chance = random ?? createRandom(0, 'jinja').next;
          const run: Run = { language, meter, now, marks, random: chance, line: 1 };
          return guarded(
            () => {
              const frame = framed(run, variables);
              execute(frame);
              return textOf(run, frame.output);
            },
            () => ({ ...own, line: run.line }),
          );
        },
      };
    },
    () => own,
  );
}

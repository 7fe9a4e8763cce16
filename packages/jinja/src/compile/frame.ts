import type { Run, Value } from '../values.ts';

/** Text as it is printed. */
export interface Output {
  readonly parts: string[];
}

/** Variables of a scope, the scope around it, and where its text goes. */
export interface Frame {
  readonly variables: Map<string, Value>;
  readonly parent: Frame | undefined;
  readonly run: Run;
  readonly output: Output;
}

/** An output without text. */
export function newOutput(): Output {
  return { parts: [] };
}

/** A scope inside another; it prints to the same place unless told otherwise. */
export function innerFrame(parent: Frame, output: Output = parent.output): Frame {
  return { variables: new Map(), parent, run: parent.run, output };
}

/** The value of a name in a scope, those around it and the globals; undefined where there is none. */
export function lookUp(frame: Frame, name: string): Value | undefined {
  for (let scope: Frame | undefined = frame; scope; scope = scope.parent) {
    const value = scope.variables.get(name);
    if (value !== undefined) return value;
  }
  return frame.run.language.globals.get(name);
}

/** Prints text. */
export function print(frame: Frame, text: string): void {
  if (text === '') return;
  frame.run.meter.text(text.length);
  frame.output.parts.push(text);
}

/** All text of an output. @throws JinjaError `limit` */
export function textOf(run: Run, output: Output): string {
  if (output.parts.length === 1) return output.parts[0]!;
  run.meter.text(output.parts.reduce((sum, part) => sum + part.length, 0));
  return output.parts.join('');
}

import type { Target } from '../ast.ts';
import { fail } from '../errors.ts';
import { checkNamespaceName } from '../globals.ts';
import { itemsOf } from '../iterate.ts';
import { isKind, type Value } from '../values.ts';
import { lookUp, type Frame } from './frame.ts';

/** What a statement does to the loop around it. */
export type Signal = 'break' | 'continue' | undefined;

/** A compiled statement, or several. */
export type Execute = (frame: Frame) => Signal;

/** Assigns a value to a target of a scope. @throws JinjaError where the value does not unpack */
export function assign(frame: Frame, target: Target, value: Value): void {
  if (target.kind === 'name') frame.variables.set(target.name, value);
  else if (target.kind === 'namespace') {
    const space = lookUp(frame, target.name);
    if (space === undefined || !isKind(space, 'namespace'))
      return fail('cannot assign attribute on non-namespace object');
    space.attributes.set(checkNamespaceName(target.attribute), value);
  } else {
    const items = itemsOf(frame.run, value);
    if (items.length !== target.items.length) {
      return fail(`${items.length} values do not unpack to ${target.items.length} names`);
    }
    target.items.forEach((inner, i) => assign(frame, inner, items[i]!));
  }
}

/** Throws where a target is an attribute of what is no namespace: jinja2 looks before it computes the value. */
export function checkTarget(frame: Frame, target: Target): void {
  if (target.kind === 'tuple') for (const inner of target.items) checkTarget(frame, inner);
  if (target.kind !== 'namespace') return;
  const space = lookUp(frame, target.name);
  if (space === undefined || !isKind(space, 'namespace'))
    fail('cannot assign attribute on non-namespace object');
}

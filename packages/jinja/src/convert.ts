import { dict } from './dictionaries.ts';
import { unsupported } from './errors.ts';
import { checkNesting } from './limits.ts';
import { float, list, type Value } from './values.ts';

/**
 * A JavaScript value as a template sees it: null is None, whole numbers are int, others float, arrays lists, plain objects
 * dictionaries. Properties that are undefined are left out.
 *
 * @throws JinjaError for functions, class instances, and whole numbers beyond 2^53, which are int or float as they were written
 */
export function fromJavaScript(value: unknown, depth = 0): Value {
  checkNesting(depth);
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') {
    if (!Number.isInteger(value) || Object.is(value, -0)) return float(value);
    if (!Number.isSafeInteger(value)) unsupported(`the number ${value} in a variable`);
    return value;
  }
  if (Array.isArray(value)) return list(value.map((item) => fromJavaScript(item, depth + 1)));
  if (typeof value === 'object') {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Object.prototype || prototype === null) {
      const present = Object.entries(value).filter(([, item]) => item !== undefined);
      return dict(present.map(([key, item]) => [key, fromJavaScript(item, depth + 1)]));
    }
  }
  return unsupported(`a variable that is a ${typeof value}`);
}

import { flag, textOf } from '../arguments.ts';
import { attributeOf } from '../attributes.ts';
import { isTrue } from '../compare.ts';
import { builtin, type Bound, type Builtin } from '../signature.ts';
import { isUndefined, type Run, type Value } from '../values.ts';
import { choosingFilters } from './choosing.ts';
import { htmlFilters } from './html.ts';
import { htmlSafeJson } from './json.ts';
import { numberFilters } from './numbers.ts';
import { pretty } from './pretty.ts';
import { sequenceFilters } from './sequences.ts';
import { textFilters } from './text.ts';

function fallback(_run: Run, value: Value, [other, boolean]: Bound): Value {
  if (isUndefined(value) || (flag(boolean) && !isTrue(value)))
    return other === undefined ? '' : other;
  return value;
}

/** The filters of jinja2, by name. */
export const builtinFilters: Readonly<Record<string, Builtin>> = {
  ...textFilters,
  ...numberFilters,
  ...sequenceFilters,
  ...htmlFilters,
  ...choosingFilters,
  default: builtin('[default_value boolean]', fallback),
  d: builtin('[default_value boolean]', fallback),
  attr: builtin('name', (run, value, [name]) =>
    attributeOf(run, value, textOf(name!, 'the name of an attribute')),
  ),
  tojson: builtin('[indent]', htmlSafeJson),
  pprint: builtin('', pretty),
};

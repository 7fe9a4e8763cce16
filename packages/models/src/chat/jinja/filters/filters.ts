import { flag, textOf } from '../arguments.ts';
import { attributeOf } from '../attributes.ts';
import { isTrue } from '../compare.ts';
import { fail, unsupported } from '../errors.ts';
import { iterate } from '../iterate.ts';
import { toJson } from '../json.ts';
import { declareTests } from '../tests.ts';
import { builtin, type Bound, type Builtin } from '../signature.ts';
import { isUndefined, type Run, type Value } from '../values.ts';
import { choosingFilters } from './choosing.ts';
import { htmlFilters } from './html.ts';
import { numberFilters } from './numbers.ts';
import { sequenceFilters } from './sequences.ts';
import { textFilters } from './text.ts';

function fallback(_run: Run, value: Value, [other, boolean]: Bound): Value {
  if (isUndefined(value) || (flag(boolean) && !isTrue(value)))
    return other === undefined ? '' : other;
  return value;
}

/** `tojson` of chat templates: Python's `json.dumps`, without escapes for letters beyond ASCII. */
function json(run: Run, value: Value, [ascii, indent, separators, sortKeys]: Bound): string {
  let spaces: string | undefined;
  if (typeof indent === 'string') spaces = indent;
  else if (typeof indent === 'number' || typeof indent === 'boolean') {
    run.meter.text(Math.max(0, Number(indent)));
    spaces = ' '.repeat(Math.max(0, Number(indent)));
  } else if (indent !== undefined && indent !== null)
    return fail('the indent of tojson must be an integer');
  let [itemSeparator, keySeparator] = [spaces === undefined ? ', ' : ',', ': '];
  if (separators !== undefined && separators !== null) {
    const given = Array.from(iterate(run, separators));
    if (given.length !== 2) return fail('tojson takes two separators');
    [itemSeparator, keySeparator] = [
      textOf(given[0], 'a separator'),
      textOf(given[1], 'a separator'),
    ];
  }
  return toJson(run, value, {
    ascii: flag(ascii),
    indent: spaces,
    itemSeparator,
    keySeparator,
    sortKeys: flag(sortKeys),
  });
}

const declared: Readonly<Record<string, Builtin>> = {
  ...textFilters,
  ...numberFilters,
  ...sequenceFilters,
  ...htmlFilters,
  ...choosingFilters({ findFilter, findTest }),
  default: builtin('[default_value boolean]', fallback),
  d: builtin('[default_value boolean]', fallback),
  attr: builtin('name', (_run, value, [name]) =>
    attributeOf(value, textOf(name!, 'the name of an attribute')),
  ),
  tojson: builtin('[ensure_ascii indent separators sort_keys]', json),
  pprint: builtin('*', () => unsupported('the filter pprint')),
};

/** The filters of jinja2 by name, with the `tojson` of chat templates. */
export const filters: ReadonlyMap<string, Builtin> = new Map(Object.entries(declared));

/** The filter of a name. @throws JinjaError where jinja2 has none */
export function findFilter(name: Value): Builtin {
  const filter = typeof name === 'string' ? filters.get(name) : undefined;
  return filter ?? fail(`No filter named '${String(name)}'.`);
}

/** The tests of jinja2 by name. */
export const tests: ReadonlyMap<string, Builtin> = declareTests((name) => filters.has(name));

/** The test of a name. @throws JinjaError where jinja2 has none */
export function findTest(name: Value): Builtin {
  const test = typeof name === 'string' ? tests.get(name) : undefined;
  return test ?? fail(`No test named '${String(name)}'.`);
}

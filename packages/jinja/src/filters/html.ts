import { flag, integerOr, optionalText, textOf } from '../arguments.ts';
import { escapeHtml } from '../escape.ts';
import { fail, unsupported } from '../errors.ts';
import { itemsOf } from '../iterate.ts';
import { str } from '../repr.ts';
import { builtin, type Builtin } from '../signature.ts';
import { compareText } from '../text.ts';
import { stripTags } from './strip-tags.ts';
import { checkScheme, urlize } from './urlize.ts';
import { isKind, isUndefined, type Run, type Value } from '../values.ts';

function quote(run: Run, value: Value, query: boolean): string {
  const text = str(run, value);
  run.meter.text(text.length * 9);
  if (/[\uD800-\uDFFF]/.test(text.replace(/[\uD800-\uDBFF][\uDC00-\uDFFF]/g, '')))
    return fail('surrogates are not allowed in a URL');
  const safe = query ? /[A-Za-z0-9_.~ -]/ : /[A-Za-z0-9_.~/-]/;
  const quoted = Array.from(text, (character) => {
    if (safe.test(character)) return character;
    return Array.from(
      new TextEncoder().encode(character),
      (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
    ).join('');
  }).join('');
  return query ? quoted.replaceAll(' ', '+') : quoted;
}

function xmlAttributes(run: Run, value: Value, space: boolean): string {
  if (!isKind(value, 'dict')) return fail('xmlattr needs a dictionary');
  const written: string[] = [];
  for (const [key, item] of value.entries.values()) {
    if (item === null || isUndefined(item)) continue;
    if (typeof key !== 'string') return fail('the name of an attribute must be text');
    if (/[\s/>=]/.test(key)) return fail(`Invalid character in attribute name: ${key}`);
    written.push(`${escapeHtml(run, key)}="${escapeHtml(run, item)}"`);
  }
  const text = written.join(' ');
  return space && text !== '' ? ` ${text}` : text;
}

/** Filters for HTML. */
export const htmlFilters: Readonly<Record<string, Builtin>> = {
  e: builtin('', (run, value) => ({ kind: 'markup', text: escapeHtml(run, value) })),
  escape: builtin('', (run, value) => ({ kind: 'markup', text: escapeHtml(run, value) })),
  forceescape: builtin('', (run, value) => ({
    kind: 'markup',
    text: escapeHtml(run, isKind(value, 'markup') ? value.text : value),
  })),
  safe: builtin('', (run, value) => ({ kind: 'markup', text: str(run, value) })),
  striptags: builtin('', (run, value) =>
    stripTags(run, isKind(value, 'markup') ? value.text : str(run, value)),
  ),
  urlencode: builtin('', (run, value) => {
    if (isKind(value, 'markup')) return unsupported('urlencode of text marked as safe');
    if (typeof value !== 'object' || value === null || isKind(value, 'float'))
      return quote(run, value, false);
    const pairs = isKind(value, 'dict')
      ? Array.from(value.entries.values())
      : itemsOf(run, value).map((pair) => itemsOf(run, pair));
    return pairs
      .map((pair) =>
        pair.length === 2
          ? `${quote(run, pair[0]!, true)}=${quote(run, pair[1]!, true)}`
          : fail('urlencode needs pairs'),
      )
      .join('&');
  }),
  xmlattr: builtin('[autospace]', (run, value, [space]) =>
    xmlAttributes(run, value, space === undefined || flag(space)),
  ),
  urlize: builtin(
    '[trim_url_limit nofollow target rel extra_schemes]',
    (run, value, [shown, nofollow, target, rel, schemes]) => {
      const named = optionalText(rel, 'rel')?.split(/\s+/).filter(Boolean) ?? [];
      const rels = new Set([...named, ...(flag(nofollow) ? ['nofollow'] : []), 'noopener']);
      const to = optionalText(target, 'target') ?? '';
      return urlize(run, escapeHtml(run, value), {
        shown: shown === undefined || shown === null ? undefined : integerOr(shown, 0, 'the limit'),
        attributes:
          ` rel="${escapeHtml(run, [...rels].toSorted(compareText).join(' '))}"` +
          (to === '' ? '' : ` target="${escapeHtml(run, to)}"`),
        schemes:
          schemes === undefined || schemes === null
            ? []
            : itemsOf(run, schemes).map((name) => checkScheme(textOf(name, 'a scheme'))),
      });
    },
  ),
};

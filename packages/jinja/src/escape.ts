import { str } from './repr.ts';
import { isKind, type Run, type Value } from './values.ts';

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  "'": '&#39;',
  '"': '&#34;',
};

/** A value as text in which no sign of HTML is left, as MarkupSafe's `escape`; text that is marked as safe stays as it is. */
export function escapeHtml(run: Run, value: Value): string {
  if (isKind(value, 'markup')) return value.text;
  const text = str(run, value);
  run.meter.text(text.length * 5);
  return text.replace(/[&<>'"]/g, (character) => entities[character]!);
}

import { nearest, type Message } from '@tunesmith/schema';
import { refuse } from '../errors.ts';

/**
 * The words of a synthesizer, by name: texts with `{places}`. `{{` and `}}` are braces. What stands after `{answer begins}` is the
 * beginning of the answer, which the model goes on with: small models, which lose a list that they are shown, go on with one that they
 * seem to have begun.
 */
export type Prompts = Readonly<Record<string, string>>;

const place = /\{\{|\}\}|\{([a-z_]+)\}/g;

/** The places that a text has. */
export function placesOf(text: string): string[] {
  return [...new Set([...text.matchAll(place)].flatMap(([, name]) => (name ? [name] : [])))];
}

/**
 * A synthesizer's own prompts with those that a user puts in their place.
 *
 * @throws TunesmithError `unknown-prompt` for one that the synthesizer does not have; `missing-place` for a text without a place that
 * has to be in it; `unknown-place` for a place that nothing is put in
 */
export function replacedPrompts<Own extends Prompts>(own: Own, given: Prompts = {}): Own {
  for (const [name, text] of Object.entries(given)) {
    const instead = Object.hasOwn(own, name) ? own[name] : undefined;
    if (instead === undefined) {
      const close = nearest(name, Object.keys(own));
      throw refuse({
        code: 'unknown-prompt',
        message: `there is no prompt "${name}" to replace`,
        value: name,
        accepted: Object.keys(own),
        ...(close === undefined ? {} : { nearest: close }),
      });
    }
    const [places, needed] = [placesOf(text), placesOf(instead)];
    const missing = needed.find((one) => !places.includes(one));
    if (missing !== undefined)
      throw refuse({
        code: 'missing-place',
        message: `the prompt "${name}" has no {${missing}}`,
        value: text,
        accepted: `a text with ${needed.map((one) => `{${one}}`).join(', ')}`,
      });
    const unknown = places.find((one) => !needed.includes(one));
    if (unknown !== undefined)
      throw refuse({
        code: 'unknown-place',
        message: `nothing is put in {${unknown}} of the prompt "${name}"`,
        value: text,
        accepted: `${needed.map((one) => `{${one}}`).join(', ') || 'a text without places'}; {{ and }} for braces`,
      });
  }
  return { ...own, ...given };
}

const answerMark = '{answer begins}';

/** A prompt with its places filled: a turn of the user, and the beginning of the assistant's where the prompt has one. */
export function promptOf(text: string, values: Readonly<Record<string, string>>): Message[] {
  const at = text.indexOf(answerMark);
  if (at < 0) return [{ role: 'user', content: fill(text, values) }];
  return [
    { role: 'user', content: fill(text.slice(0, at).trimEnd(), values) },
    {
      role: 'assistant',
      // a line that a file's text ends with is no part of the answer
      content: fill(text.slice(at + answerMark.length).replace(/^[ \t]*\n|\n+$/g, ''), values),
    },
  ];
}

/** A text with its places filled. A value is put in as it is, braces too. */
export function fill(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(place, (found, name: string | undefined) =>
    name === undefined ? found[0]! : Object.hasOwn(values, name) ? values[name]! : found,
  );
}

import irregularPlurals from 'irregular-plurals';
import { packageText } from './package-texts.ts';
import { isAttested } from './pronunciations.ts';

let irregularVerbs: Record<string, [string, string][]> | undefined;

/**
 * The plural of a noun: from the list of irregular ones, else the regular spelling where CMUdict
 * attests it; undefined where neither knows.
 */
export function plural(noun: string): string | undefined {
  const irregular = irregularPlurals.get(noun);
  if (irregular !== undefined) return irregular;
  const regular = /(?:[sxz]|ch|sh)$/.test(noun)
    ? `${noun}es`
    : /[^aeiou]y$/.test(noun)
      ? `${noun.slice(0, -1)}ies`
      : `${noun}s`;
  return isAttested(regular) ? regular : undefined;
}

/**
 * The past tense of a verb: from the list of irregular ones, else the one regular spelling that
 * CMUdict attests; undefined where there is none or more than one.
 */
export function pastTense(verb: string): string | undefined {
  irregularVerbs ??= JSON.parse(packageText('english-verbs-irregular/dist/verbs.json')) as Record<
    string,
    [string, string][]
  >;
  if (Object.hasOwn(irregularVerbs, verb)) {
    const forms = new Set(irregularVerbs[verb]!.map(([past]) => past));
    return forms.size === 1 ? [...forms][0] : undefined;
  }
  return onlyAttested(withEnding(verb, 'ed'));
}

/** The present participle of a verb: the one regular spelling that CMUdict attests. */
export function presentParticiple(verb: string): string | undefined {
  if (verb.endsWith('ie')) return onlyAttested([`${verb.slice(0, -2)}ying`]);
  return onlyAttested(withEnding(verb, 'ing'));
}

/** Spellings that a regular ending may have: silent e dropped, y changed, last consonant doubled. */
function withEnding(verb: string, ending: 'ed' | 'ing'): string[] {
  if (/[^aeiou]y$/.test(verb) && ending === 'ed') return [`${verb.slice(0, -1)}ied`];
  if (verb.endsWith('e')) {
    const keepsE = ending === 'ing' && /(?:ee|oe|ye)$/.test(verb);
    return [keepsE ? `${verb}ing` : verb.slice(0, -1) + ending];
  }
  const last = verb.at(-1)!;
  const doubles = /[^aeiou][aeiou][bcdfgklmnprstvz]$/.test(verb);
  return doubles ? [verb + ending, verb + last + ending] : [verb + ending];
}

function onlyAttested(forms: readonly string[]): string | undefined {
  const attested = forms.filter(isAttested);
  return attested.length === 1 ? attested[0] : undefined;
}

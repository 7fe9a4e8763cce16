import { dictionary } from 'cmu-pronouncing-dictionary';

/**
 * The phonemes of a word in ARPAbet, vowels with their stress (`AH0` none, `EH1` main, `IH2` second);
 * undefined where the CMU Pronouncing Dictionary lacks the word. Where it lists several, the first.
 *
 * @see CMUdict, Carnegie Mellon University, http://www.speech.cs.cmu.edu/cgi-bin/cmudict
 */
export function phonemes(word: string): readonly string[] | undefined {
  // The dictionary is an object literal: names such as "toString" are no entries.
  return Object.hasOwn(dictionary, word) ? dictionary[word]!.split(' ') : undefined;
}

/** Whether the word is listed: an attested form of English. */
export function isAttested(word: string): boolean {
  return Object.hasOwn(dictionary, word);
}

/** Whether the dictionary lists only one pronunciation of the word. */
export function isUnambiguous(word: string): boolean {
  return (
    isAttested(word) &&
    !Object.hasOwn(dictionary, `${word}(1)`) &&
    !Object.hasOwn(dictionary, `${word}(2)`)
  );
}

/** The stress of each syllable, in order: 0 none, 1 main, 2 second. */
export function stresses(sounds: readonly string[]): readonly number[] {
  return sounds.filter((sound) => /\d$/.test(sound)).map((sound) => Number(sound.at(-1)));
}

/** What must be equal for two words to rhyme: the sounds from the last main stress on, without marks. */
export function rhyme(sounds: readonly string[]): string | undefined {
  const stressed = sounds.findLastIndex((sound) => sound.endsWith('1'));
  if (stressed < 0) return undefined;
  return sounds
    .slice(stressed)
    .map((sound) => sound.replace(/\d$/, ''))
    .join(' ');
}

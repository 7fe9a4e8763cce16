import { describe, expect, test } from 'vitest';
import { ratedWords } from './afinn.ts';
import { emoji } from './emoji.ts';
import { pastTense, plural, presentParticiple } from './inflections.ts';
import { mainMeanings } from './main-meaning.ts';
import { isUnambiguous, phonemes, rhyme, stresses } from './pronunciations.ts';
import { commonWords, isFit, synset, tagCount, wordnet } from './wordnet.ts';
import '../node.ts';

describe('WordNet', () => {
  test('has the 117,791 synsets of release 3.1, by part of speech', () => {
    const counts: Record<string, number> = {};
    for (const { partOfSpeech } of wordnet())
      counts[partOfSpeech] = (counts[partOfSpeech] ?? 0) + 1;
    expect(counts).toEqual({ noun: 82_192, verb: 13_789, adjective: 18_185, adverb: 3625 });
  });

  test('an entry has words, class, definition, examples and relations', () => {
    const reliable = wordnet().find(({ lemmas }) => lemmas[0] === 'reliable')!;
    expect(reliable).toMatchObject({
      partOfSpeech: 'adjective',
      lexicographerClass: 'adj.all',
      lemmas: ['reliable', 'dependable'],
      definition: 'worthy of reliance or trust',
      examples: ['a reliable source of information', 'a dependable worker'],
    });
    const antonyms = reliable.pointers.filter(({ symbol }) => symbol === '!');
    expect(antonyms.map(({ target, toWord }) => synset(target)!.lemmas[toWord - 1])).toEqual([
      'undependable',
      'unreliable',
    ]);
  });

  test('every relation leads to a synset', () => {
    const lost = wordnet().flatMap(({ pointers }) =>
      pointers.filter(({ target }) => synset(target) === undefined),
    );
    expect(lost).toEqual([]);
  });

  test('knows which words are common, and in which part of speech', () => {
    expect(commonWords('verb').slice(0, 10)).toContain('say');
    expect(tagCount('noun', 'dog')).toBeGreaterThan(tagCount('verb', 'dog'));
    expect(mainMeanings(new Set(['dog'])).get('dog')!.lexicographerClass).toBe('noun.animal');
  });

  test('tells words that no one should be asked about', () => {
    expect(['friend', 'love', 'blue', 'hit'].every(isFit)).toBe(true);
    expect(['fuck', 'shit', 'fag', 'kike'].some(isFit)).toBe(false);
  });
});

describe('inflections', () => {
  test.each([
    ['ox', 'oxen'],
    ['mouse', 'mice'],
    ['box', 'boxes'],
    ['city', 'cities'],
    ['day', 'days'],
    ['church', 'churches'],
    ['xylem', undefined],
  ])('the plural of %s is %s', (noun, expected) => {
    expect(plural(noun)).toBe(expected);
  });

  test.each([
    ['go', 'went'],
    ['write', 'wrote'],
    ['walk', 'walked'],
    ['stop', 'stopped'],
    ['visit', 'visited'],
    ['carry', 'carried'],
    ['play', 'played'],
    ['love', 'loved'],
    ['agree', 'agreed'],
    // Two forms are right, so there is none to learn.
    ['dream', undefined],
  ])('the past tense of %s is %s', (verb, expected) => {
    expect(pastTense(verb)).toBe(expected);
  });

  test.each([
    ['walk', 'walking'],
    ['stop', 'stopping'],
    ['visit', 'visiting'],
    ['love', 'loving'],
    ['die', 'dying'],
    ['see', 'seeing'],
    ['carry', 'carrying'],
  ])('the -ing form of %s is %s', (verb, expected) => {
    expect(presentParticiple(verb)).toBe(expected);
  });
});

describe('pronunciations', () => {
  test('syllables and their stress', () => {
    expect(stresses(phonemes('cat')!)).toEqual([1]);
    expect(stresses(phonemes('potato')!)).toEqual([0, 1, 2]);
    expect(stresses(phonemes('understand')!)).toEqual([2, 0, 1]);
    expect(phonemes('toString')).toBeUndefined();
  });

  test('words rhyme by sound, not by spelling', () => {
    const rhymeOf = (word: string) => rhyme(phonemes(word)!);
    expect(rhymeOf('blue')).toBe(rhymeOf('shoe'));
    expect(rhymeOf('cough')).not.toBe(rhymeOf('though'));
  });

  test('words with two pronunciations are told', () => {
    expect([isUnambiguous('cat'), isUnambiguous('read'), isUnambiguous('qqq')]).toEqual([
      true,
      false,
      false,
    ]);
  });
});

test('AFINN rates words without its strongest ones', () => {
  const scores = new Map(ratedWords().map(({ word, score }) => [word, score]));
  expect(scores.get('happy')).toBe(3);
  expect(scores.get('sad')).toBe(-2);
  expect(Math.max(...[...scores.values()].map(Math.abs))).toBe(3);
});

test('an emoji has a name in each language and belongs to groups', () => {
  const dog = (locale: string) => emoji(locale).find(({ hexcode }) => hexcode === '1F9AE')!;
  expect(dog('en')).toMatchObject({
    label: 'guide dog',
    group: 'animals-nature',
    subgroup: 'animal-mammal',
  });
  expect(dog('de').label).toBe('Blindenhund');
});

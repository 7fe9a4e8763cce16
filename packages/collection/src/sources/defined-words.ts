import { inHashOrder } from '../order.ts';
import {
  isFit,
  isPlainWord,
  tagCount,
  wordnet,
  type PartOfSpeech,
  type Synset,
} from './wordnet.ts';

/** A word and what one of its meanings says. */
export interface DefinedWord {
  readonly word: string;
  readonly definition: string;
  readonly synset: Synset;
}

/**
 * One entry for each synset of a part of speech whose first word is plain and whose definition is 12
 * to 100 characters long: words of WordNet's tagged texts first, in an order of their own else.
 */
export function definedWords(partOfSpeech: PartOfSpeech): readonly DefinedWord[] {
  let list = lists.get(partOfSpeech);
  if (!list) lists.set(partOfSpeech, (list = findDefinedWords(partOfSpeech)));
  return list;
}

const lists = new Map<PartOfSpeech, readonly DefinedWord[]>();

function findDefinedWords(partOfSpeech: PartOfSpeech): DefinedWord[] {
  const entries = wordnet()
    .filter(
      (synset) =>
        synset.partOfSpeech === partOfSpeech &&
        isPlainWord(synset.lemmas[0]!) &&
        isFit(synset.lemmas[0]!),
    )
    .map((synset) => ({ word: synset.lemmas[0]!, definition: synset.definition, synset }))
    .filter(({ definition }) => definition.length >= 12 && definition.length <= 100);
  const ordered = inHashOrder(entries, ({ synset }) => synset.id);
  const isCommon = ({ word }: DefinedWord): boolean => tagCount(partOfSpeech, word) > 0;
  return [...ordered.filter(isCommon), ...ordered.filter((entry) => !isCommon(entry))];
}

export { heldOutShare, isHeldOut } from './held-out.ts';
export { tagCounts, wordnet, type PartOfSpeech, type Synset } from './sources/wordnet.ts';

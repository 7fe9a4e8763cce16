import { findNamed } from '@tunesmith/schema';
import type { AnnotatedTask } from '@tunesmith/datasets';
import { country } from './tasks/country.ts';
import { emojiMood } from './tasks/emoji-mood.ts';
import { emojiTopic } from './tasks/emoji-topic.ts';
import { europeanLanguage } from './tasks/european-language.ts';
import { ingForm } from './tasks/ing-form.ts';
import { kindOf } from './tasks/kind-of.ts';
import { knownFor } from './tasks/known-for.ts';
import { missingWord } from './tasks/missing-word.ts';
import { nounTopic } from './tasks/noun-topic.ts';
import { partOfSpeech } from './tasks/part-of-speech.ts';
import { pastTense } from './tasks/past-tense.ts';
import { plural } from './tasks/plural.ts';
import { qualityNoun } from './tasks/quality-noun.ts';
import { rhyme } from './tasks/rhyme.ts';
import { sameMeaning } from './tasks/same-meaning.ts';
import { sameOrOpposite } from './tasks/same-or-opposite.ts';
import { stress } from './tasks/stress.ts';
import { syllables } from './tasks/syllables.ts';
import { verbTopic } from './tasks/verb-topic.ts';
import { wordSentiment } from './tasks/word-sentiment.ts';
import { writtenLanguage } from './tasks/written-language.ts';

/** Every task, cluster by cluster. */
export const tasks: readonly AnnotatedTask[] = [
  partOfSpeech,
  nounTopic,
  verbTopic,
  kindOf,
  plural,
  pastTense,
  ingForm,
  qualityNoun,
  syllables,
  stress,
  rhyme,
  wordSentiment,
  sameOrOpposite,
  europeanLanguage,
  writtenLanguage,
  missingWord,
  sameMeaning,
  knownFor,
  country,
  emojiTopic,
  emojiMood,
];

/** The cluster whose tasks are never trained on: emoji, whose labels two other clusters prepare for. */
export const heldOutCluster = 'emoji';

/** A family of tasks. */
export interface Cluster {
  readonly name: string;
  /** Names of its tasks. */
  readonly tasks: readonly string[];
  /** Whether all of it is kept out of training, to measure transfer to tasks never seen. */
  readonly heldOut: boolean;
}

/** The clusters, in the order of their tasks. */
export const clusters: readonly Cluster[] = [...new Set(tasks.map(({ cluster }) => cluster))].map(
  (name) => ({
    name,
    tasks: tasks.filter(({ cluster }) => cluster === name).map((task) => task.name),
    heldOut: name === heldOutCluster,
  }),
);

/** The task of that name. @throws TunesmithError `unknown-name` naming the nearest */
export function findTask(name: string): AnnotatedTask {
  return findNamed(name, tasks, { package: '@tunesmith/collection', kind: 'task' });
}

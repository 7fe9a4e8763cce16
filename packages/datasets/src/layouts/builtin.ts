import { unknownName } from '@tunesmith/schema';
import { beginsWith, firstBytes, type DataFile } from '../read/data-file.ts';
import { beginningOf } from '../read/text-source.ts';
import { arrow } from './arrow.ts';
import type { FileLayout } from './file-layout.ts';
import { json, jsonLines } from './json.ts';
import { parquet } from './parquet.ts';
import { csv, tsv } from './table.ts';
import { text, textDocument } from './text.ts';
import { yaml } from './yaml.ts';

/** The layouts that come with this package. */
export const builtinLayouts: readonly FileLayout[] = [
  jsonLines,
  json,
  csv,
  tsv,
  parquet,
  arrow,
  yaml,
  text,
  textDocument,
];

/** The name of a layout: `jsonl`, `json`, `csv`, `tsv`, `parquet`, `arrow`, `yaml`, `text`, `document`. */
export type LayoutName = string;

/** Every ending that names of data files have, with its dot. */
export const dataEndings: readonly string[] = builtinLayouts.flatMap(({ endings }) =>
  endings.map((ending) => `.${ending}`),
);

const package_ = '@tunesmith/datasets';

/** A name without what says that the file is packed. */
export function withoutPacking(file: string): string {
  return file.replace(/\.(gz|zst|zstd)$/i, '');
}

/** The layout that the ending of a name says, if any does; `.gz` and `.zst` after it are passed over. */
export function layoutByName(file: string): FileLayout | undefined {
  const ending = /\.([^./\\]+)$/
    .exec(withoutPacking(file).replace(/[?#].*$/, ''))?.[1]
    ?.toLowerCase();
  return builtinLayouts.find(({ endings }) => ending !== undefined && endings.includes(ending));
}

/** Whether a file is one of rows by its name, rather than one that tells of the others that lie there. */
export function isDataFile(file: string): boolean {
  const tells = /(^|[/\\])((readme|licen[cs]e|changelog)\.[a-z]+|dataset_infos?\.json)$/i.test(
    file,
  );
  return !tells && layoutByName(file) !== undefined;
}

/** The layout of that name. @throws TunesmithError `unknown-name` */
export function findLayout(name: LayoutName): FileLayout {
  const names = builtinLayouts.map((layout) => layout.name);
  const found = builtinLayouts.find((layout) => layout.name === name);
  if (found) return found;
  throw unknownName({ package: package_, kind: 'layout of a file', name, names });
}

/**
 * The layout of a file by the ending of its name.
 *
 * @throws TunesmithError `unknown-name` for an ending that no layout has.
 */
export function fileLayout(file: string): FileLayout {
  const layout = layoutByName(file);
  if (layout) return layout;
  const ending = /\.([^./\\]+)$/.exec(withoutPacking(file))?.[1];
  throw unknownName({
    package: package_,
    kind: 'data file ending',
    name: ending === undefined ? file : `.${ending.toLowerCase()}`,
    names: dataEndings,
  });
}

/**
 * The layout of a file by its first bytes, or else by its name; JSON where the name says nothing and the file begins so.
 *
 * @param onOtherLayout hears that the two differ
 * @throws TunesmithError `unknown-name` where neither says it
 */
export async function layoutOf(
  file: DataFile,
  onOtherLayout?: (reason: string) => void,
): Promise<FileLayout> {
  const named = layoutByName(file.name);
  const begin = await firstBytes(file);
  const found = builtinLayouts.find(({ begins = [] }) =>
    begins.some((start) => begin.length > 0 && beginsWith(begin, start)),
  );
  if (found && found !== named)
    onOtherLayout?.(`its first bytes are those of ${found.name}; it is read so`);
  if (found ?? named) return (found ?? named)!;
  // What comes through a pipe or from a server has no name.
  const [first] = (await beginningOf(file)).trimStart();
  if (first === '{' || first === '[') return first === '{' ? jsonLines : json;
  return fileLayout(file.name);
}

import { TunesmithError, isConversation, type DataRecord } from '@tunesmith/schema';

/**
 * Whether a picture is there.
 *
 * @param image its path or address, as the row has it
 * @param file the data file that the row stands in
 */
export type HasImage = (image: string, file: string) => Promise<boolean>;

/** @throws TunesmithError `missing-image` for the first picture of the records of a row that is not there */
export async function requireImages(
  records: readonly DataRecord[],
  { file, line }: { readonly file: string; readonly line: number },
  hasImage: HasImage,
): Promise<void> {
  for (const image of records.flatMap(imagesOf)) {
    if (await hasImage(image, file)) continue;
    throw new TunesmithError({
      package: '@tunesmith/datasets',
      code: 'missing-image',
      message: `${file}:${line}: the picture "${image}" is not there`,
      value: image,
      accepted: 'paths from the folder of the pictures on, or addresses',
    });
  }
}

function imagesOf(record: DataRecord): string[] {
  if (!isConversation(record)) return [];
  return record.messages.flatMap(({ content }) =>
    typeof content === 'string'
      ? []
      : content.flatMap((part) => (part.type === 'image' ? [part.image] : [])),
  );
}

import type { Message, Part } from '@tunesmith/schema';
import { unusable } from './unusable-row.ts';

const placeholder = '<image>';

/**
 * Texts in which `<image>` stands for pictures, as contents of messages with the pictures in their places, by path; texts
 * without one stay texts.
 *
 * @throws TunesmithError `unusable-row` where there are more or fewer places than pictures
 */
export function withImages(
  values: readonly string[],
  images: readonly string[],
): Message['content'][] {
  const pieces = values.map((value) => value.split(placeholder));
  const places = pieces.reduce((sum, { length }) => sum + length - 1, 0);
  if (places !== images.length) {
    throw unusable(
      `as many ${placeholder} as pictures are needed: it stands ${places} times, and there are ${images.length} pictures`,
      { value: images.length, accepted: `one ${placeholder} in the turns for each picture` },
    );
  }
  let next = 0;
  return pieces.map((parts): Message['content'] => {
    if (parts.length === 1) return parts[0]!;
    return parts.flatMap((text, index): Part[] => [
      ...(index === 0 ? [] : [{ type: 'image', image: images[next++]! } as const]),
      ...(text === '' ? [] : [{ type: 'text', text } as const]),
    ]);
  });
}

/**
 * The way back: a content as text with `<image>` in it, and its pictures.
 *
 * @throws TunesmithError `unusable-row` where a text holds `<image>` itself
 */
export function imagesInText(
  content: Message['content'],
  id: string,
): { value: string; images: string[] } {
  const parts: Part[] = typeof content === 'string' ? [{ type: 'text', text: content }] : content;
  if (parts.some((part) => part.type === 'text' && part.text.includes(placeholder)))
    throw unusable(`the text holds ${placeholder}, which stands for a picture`, {
      value: id,
      accepted: `texts without ${placeholder}`,
    });
  return {
    value: parts.map((part) => (part.type === 'text' ? part.text : placeholder)).join(''),
    images: parts.flatMap((part) => (part.type === 'image' ? [part.image] : [])),
  };
}

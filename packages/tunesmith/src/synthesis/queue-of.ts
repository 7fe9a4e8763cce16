import type { Mention } from '@tunesmith/schema';

/** A queue as somebody names it in a word: the address of a Redis server, the path of a file, or the name of a plugin. */
export function queueOf(text: string): Mention {
  if (/^rediss?:\/\//.test(text)) return { name: 'bullmq', url: text };
  return /[./\\]/.test(text) ? { name: 'file', path: text } : text;
}

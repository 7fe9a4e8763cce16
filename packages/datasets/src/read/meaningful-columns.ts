/**
 * Columns that change what a row means wherever they stand: that it is a bad example, that a picture belongs to it,
 * that part of it is not to be learned, that thoughts come before an answer. Reading a row without them is something to say aloud; any other unknown column
 * is only counted.
 */
const meaningful = new Set([
  'label',
  'labels',
  'kto_tag',
  'image',
  'images',
  'video',
  'videos',
  'audio',
  'audios',
  'chosen',
  'rejected',
  'chosen_response',
  'rejected_response',
  'weight',
  'loss',
  'loss_mask',
  'mask',
  'train',
  'score',
  'reward',
  'prompt',
  'completion',
  'response',
  'text',
  'system',
  'history',
  'input',
  'tools',
  'functions',
  'tool_calls',
  'function_call',
  'messages',
  'conversations',
  'reasoning_content',
  'reasoning',
  'thinking',
]);

/** What is said of a key that no adapter reads, and whether it is said aloud. */
export function unusedColumn(path: string): { reason: string; code?: string } {
  const name = path.slice(path.lastIndexOf('.') + 1).toLowerCase();
  return meaningful.has(name)
    ? {
        reason: `column ${JSON.stringify(path)} may change what the row means and is not used`,
        code: 'column-not-used',
      }
    : { reason: `column ${JSON.stringify(path)} is not used; it is kept in meta` };
}

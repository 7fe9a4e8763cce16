/**
 * The items of a numbered list: `9. Name a color.` What stands before the first number is the item whose number the prompt ended with,
 * where `begun` says so, and is passed over otherwise. White space becomes single spaces.
 */
export function numberedItems(text: string, begun = false): string[] {
  const parts = `\n${text}`.split(/\n\s*\d+\s?[.)]\s+/);
  const items = begun ? parts : parts.slice(1);
  return items.map((item) => item.replace(/\s+/g, ' ').trim()).filter((item) => item !== '');
}

/**
 * Keys that stand twice in one object of a JSON text; `JSON.parse` keeps the last without a word. Most texts have none,
 * and are only counted through: strings followed by a colon against the keys of the parsed value.
 *
 * @param text a valid JSON text
 * @param value what `JSON.parse` makes of it
 */
export function duplicateKeys(text: string, value: unknown): string[] {
  return countKeys(value) === countKeyTexts(text) ? [] : findDuplicates(text);
}

function countKeys(value: unknown): number {
  let keys = 0;
  const open: object[] = [];
  const visit = (item: unknown): void => {
    if (typeof item === 'object' && item !== null) open.push(item);
  };
  visit(value);
  for (let next = open.pop(); next; next = open.pop()) {
    const items: unknown[] = Array.isArray(next) ? next : Object.values(next);
    if (!Array.isArray(next)) keys += items.length;
    for (const item of items) visit(item);
  }
  return keys;
}

function countKeyTexts(text: string): number {
  let keys = 0;
  for (let start = text.indexOf('"'); start >= 0; start = text.indexOf('"', start)) {
    start = endOfString(text, start);
    if (isKey(text, start)) keys += 1;
  }
  return keys;
}

/** Just after the quote that closes the string beginning at `start` of a valid JSON text. */
export function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end + 1;
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0;
  while (text[at - 1 - backslashes] === '\\') backslashes += 1;
  return backslashes % 2 === 1;
}

function isKey(text: string, at: number): boolean {
  while (' \n\r\t'.includes(text[at] ?? 'end')) at += 1;
  return text[at] === ':';
}

function findDuplicates(text: string): string[] {
  const twice = new Set<string>();
  const open: Set<string>[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === '{' || character === '[') open.push(new Set());
    else if (character === '}' || character === ']') open.pop();
    else if (character === '"') {
      const end = endOfString(text, at);
      if (isKey(text, end)) {
        const key = JSON.parse(text.slice(at, end)) as string;
        const keys = open.at(-1)!;
        if (keys.has(key)) twice.add(key);
        keys.add(key);
      }
      at = end - 1;
    }
  }
  return [...twice];
}

/** Lines under one title. */
export interface Block {
  readonly title: string;
  readonly rows: readonly (readonly string[])[];
}

/** The width of a terminal that nobody has widened. */
const terminalWidth = 80;
/** No name is shortened below this. */
const shortestName = 12;

/**
 * Blocks of lines under one header, in columns that line up over all of them: the first is text and stands to the left,
 * the others are numbers and end where their heading ends.
 *
 * The whole fits `width` characters: names that would not are shortened in their middle, down to `shortestName`.
 * Blocks without lines are left out, and columns that are empty everywhere too.
 */
export function layOut(
  header: readonly string[],
  blocks: readonly Block[],
  width = terminalWidth,
): string {
  const shown = blocks.filter(({ rows }) => rows.length > 0);
  const all = shown.flatMap(({ rows }) => rows);
  const columns = [...header.keys()].filter(
    (column) => column === 0 || all.some((row) => (row[column] ?? '') !== ''),
  );
  const widths = columns.map((column) =>
    Math.max(...[header, ...all].map((row) => length(row[column] ?? ''))),
  );
  const rest = widths.slice(1).reduce((sum, one) => sum + one + 2, 0);
  widths[0] = Math.min(widths[0]!, Math.max(shortestName, width - rest));
  const line = (row: readonly string[]): string =>
    columns
      .map((column, place) => {
        const room = widths[place]!;
        const cell = row[column] ?? '';
        const text = place === 0 ? shorten(cell, room) : cell;
        const space = ' '.repeat(room - length(text));
        return place === 0 ? text + space : space + text;
      })
      .join('  ')
      .trimEnd();
  const parts = shown.map(({ title, rows }) =>
    [...(title === '' ? [] : [`— ${title}`]), ...rows.map(line)].join('\n'),
  );
  return [line(header), ...parts].join('\n');
}

/** Takes the middle out of a text that is longer than `room` characters. */
function shorten(text: string, room: number): string {
  const characters = [...text];
  if (characters.length <= room) return text;
  const head = Math.ceil((room - 1) / 2);
  return [...characters.slice(0, head), '…', ...characters.slice(head - room + 1)].join('');
}

function length(text: string): number {
  return [...text].length;
}

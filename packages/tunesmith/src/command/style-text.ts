import { createColors } from 'picocolors';

/** How text may look. */
export type TextStyle = 'bold' | 'dim' | 'green' | 'red' | 'yellow' | 'cyan';

// Noncharacters, which no text holds: what is shown is made harmless first, and only then do marks become escapes.
const end = '\ufdd0';
const marks: Readonly<Record<TextStyle, string>> = {
  bold: '\ufdd1',
  dim: '\ufdd2',
  green: '\ufdd3',
  red: '\ufdd4',
  yellow: '\ufdd5',
  cyan: '\ufdd6',
};
const styles = new Map(Object.entries(marks).map(([style, mark]) => [mark, style as TextStyle]));
const colors = createColors(true);

/** Text in a style: between marks that {@link paint} turns into what a terminal reads. */
export function styleText(style: TextStyle, text: string): string {
  return `${marks[style]}${text}${end}`;
}

/** Text with the marks of {@link styleText} as a terminal's escapes, or without them. */
export function paint(text: string, colored: boolean): string {
  return text.replaceAll(/([\ufdd1-\ufdd6])([^\ufdd0]*)\ufdd0?|\ufdd0/g, (_, mark, inside) => {
    const style = styles.get(String(mark));
    if (style === undefined) return '';
    return colored ? colors[style](String(inside)) : String(inside);
  });
}

import colours from 'picocolors';

/** Text in a style, where the terminal has colours (and `NO_COLOR` is not set). */
export function styleText(
  style: 'bold' | 'dim' | 'green' | 'red' | 'yellow' | 'cyan',
  text: string,
): string {
  return colours[style](text);
}

// C0 but for tab and line feed, DEL, C1, and the marks that turn the direction of what follows. A carriage return before a
// line feed ends a line as well.
const control =
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  /\r(?!\n)|[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

/**
 * Text that is safe to show: control characters, which could move the cursor, write the clipboard or hide what was
 * printed, become escapes such as `\u001b`. Tabs and line ends stay, and so does every visible character.
 *
 * JSON stays the same value: it holds these characters only inside strings, where the escapes mean them.
 */
export function printable(text: string): string {
  return text.replace(control, (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

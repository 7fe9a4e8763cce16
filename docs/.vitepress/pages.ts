import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const docs = fileURLToPath(new URL('..', import.meta.url));

/** A line of the sidebar. */
export interface SidebarItem {
  text: string;
  link: string;
}

/**
 * The pages of a folder as sidebar lines, each under its first heading, in the order of the file names.
 * @param folder folder below `docs/`
 */
export function pagesOf(folder: string): SidebarItem[] {
  return readdirSync(join(docs, folder))
    .filter((file) => file.endsWith('.md') && file !== 'index.md')
    .sort()
    .map((file) => ({
      text: heading(join(docs, folder, file)),
      link: `/${folder}/${file.slice(0, -3)}`,
    }));
}

function heading(path: string): string {
  const line = readFileSync(path, 'utf8')
    .split('\n')
    .find((text) => text.startsWith('# '));
  if (!line) throw new Error(`${path} has no "# " heading`);
  return line.slice(2);
}

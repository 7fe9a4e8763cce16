// Writes schemas/*.schema.json from the built package; a file that already says the same is left as it is.
import { readFile, writeFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { schemaFiles } from '../dist/index.js';

for (const [name, schema] of Object.entries(schemaFiles)) {
  const file = new URL(`../schemas/${name}`, import.meta.url);
  const text = JSON.stringify(schema, null, 2);
  const present = await readFile(file, 'utf8').catch(() => 'null');
  if (!isDeepStrictEqual(JSON.parse(present), JSON.parse(text))) await writeFile(file, `${text}\n`);
}

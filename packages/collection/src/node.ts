import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { readTextsBy } from './sources/package-texts.ts';

const require = createRequire(import.meta.url);

// The annotations lie where npm installed their packages.
readTextsBy((path) => readFileSync(require.resolve(path), 'utf8'));

// All of it: with annotations at hand nothing is named otherwise.
export * from './index.ts';

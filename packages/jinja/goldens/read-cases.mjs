// Prints the templates and variables of @huggingface/jinja's test file as JSON; used by make_cases.py.
import { readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';

const text = readFileSync(process.argv[2], 'utf8');
const constant = (name) => {
  const [, rest] = text.split(`const ${name} = `);
  return runInNewContext(`(${rest.slice(0, rest.indexOf('\n};') + 2)})`);
};
const templates = constant('TEST_STRINGS');
const contexts = constant('TEST_CONTEXT');

/** Variables that JSON holds; templates with others are left out. */
function isJson(value) {
  if (typeof value === 'function' || value === undefined) return false;
  return typeof value !== 'object' || value === null || Object.values(value).every(isJson);
}
const cases = Object.keys(templates)
  .filter((name) => isJson(contexts[name] ?? {}))
  .map((name) => [templates[name], contexts[name] ?? {}]);
process.stdout.write(JSON.stringify(cases));

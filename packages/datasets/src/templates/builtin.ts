import { unknownName, type PromptTemplate } from '@tunesmith/schema';
import { headed } from './headed.ts';
import { plain } from './plain.ts';

/** The prompt templates that come with this package. */
export const builtinTemplates: readonly PromptTemplate[] = [plain, headed];

/**
 * The prompt template of that name.
 *
 * @param templates what there is: built-ins by default, with a program's own added
 * @throws TunesmithError `unknown-name` naming the nearest
 */
export function findTemplate(
  name: string,
  templates: readonly PromptTemplate[] = builtinTemplates,
): PromptTemplate {
  const found = templates.find((template) => template.name === name);
  if (found) return found;
  throw unknownName({
    package: '@tunesmith/datasets',
    kind: 'prompt template',
    name,
    names: templates.map((template) => template.name),
  });
}

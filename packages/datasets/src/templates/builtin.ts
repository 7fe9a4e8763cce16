import {
  choosePlugin,
  promptTemplateKind,
  settle,
  type Mention,
  type PromptTemplate,
} from '@tunesmith/schema';
import { headed } from './headed.ts';
import { inputOnly } from './input-only.ts';
import { plain } from './plain.ts';

/** The prompt templates that come with this package. */
export const builtinTemplates: readonly PromptTemplate[] = [plain, headed, inputOnly];

/**
 * The prompt template of that name, with the options beside the name settled.
 *
 * @param templates what there is: built-ins by default, with a program's own added
 * @throws TunesmithError `unknown-name` naming the nearest; `invalid-prompt-template-<name>` for options that it refuses
 */
export function findTemplate(
  mention: Mention,
  templates: readonly PromptTemplate[] = builtinTemplates,
): PromptTemplate {
  return settle(promptTemplateKind, choosePlugin(promptTemplateKind, mention, templates));
}

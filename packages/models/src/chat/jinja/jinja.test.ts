import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { golden } from '../../../test-support/fixtures.ts';
import { compileTemplate } from '../template.ts';

interface Rendered {
  readonly text?: string;
  /** The Python exception; absent where there is text. */
  readonly error?: string;
}

interface Golden {
  readonly now: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly constructs: readonly (Rendered & { readonly template: string })[];
  readonly models: readonly (Rendered & {
    readonly model: string;
    readonly conversation: string;
  })[];
}

const read = (path: string): string => readFileSync(golden(`jinja/${path}`), 'utf8');
const { now, variables, constructs, models } = JSON.parse(read('jinja.golden.json')) as Golden;
const conversations = JSON.parse(read('conversations.json')) as Readonly<
  Record<string, Readonly<Record<string, unknown>>>
>;

function render(template: string, given: Readonly<Record<string, unknown>>): string {
  return compileTemplate(template).render(given, new Date(now));
}

function check(template: string, given: Readonly<Record<string, unknown>>, right: Rendered): void {
  if (right.error === undefined) expect(render(template, given)).toBe(right.text);
  else expect(() => render(template, given)).toThrow(/the chat template/);
}

describe('renders as transformers does', () => {
  test.for(constructs)('$template', (construct) => {
    check(construct.template, variables, construct);
  });

  test.for(models)('$model: $conversation', (rendered) => {
    const given = { bos_token: '<s>', eos_token: '</s>', ...conversations[rendered.conversation] };
    check(read(`models/${rendered.model}`), given, rendered);
  });
});

import {
  validateRecord,
  withDefaults,
  type Instance,
  type Message,
  type PluginOptions,
  type PromptTemplate,
} from '@tunesmith/schema';
import { describe, expect, it } from 'vitest';
import { testPlugin } from './test-plugin.ts';

/** An instance and the messages that a template makes of it. */
export interface PromptTemplateCase {
  readonly instance: Omit<Instance, 'id'>;
  readonly messages: readonly Message[];
}

/** Texts that trip templates up: several lines, marks of templates and of regular expressions, other scripts. */
const AWKWARD = ['one\n\ntwo', '{{ input }}', '$& \\1 %s', '<|im_end|>', '北京 👍🏽', ' spaces '];

const instances: readonly Instance[] = [
  { id: '1', instruction: 'Name a color', output: 'Blue' },
  { id: '2', instruction: 'Name a color', input: 'of the sky', output: 'Blue' },
  ...AWKWARD.map((text, i) => ({
    id: `awkward-${i}`,
    instruction: `Say ${text}`,
    input: text,
    output: text,
  })),
];

/**
 * The suite that every prompt template passes, built in or not: a valid manifest; instruction and input whole in the turns
 * before the answer, however awkward; the output alone as the last turn, the assistant's; an empty input like none; the
 * instance untouched and the same messages again; and a table of known messages.
 *
 * Call it at the top level of a test file.
 *
 * @param cases known messages; at least one
 * @param options what the template is made to do
 */
export function testPromptTemplate(
  template: PromptTemplate,
  cases: readonly PromptTemplateCase[],
  options: {
    /** `instruction` for a template that leaves it out: then it does, and the input is whole. */
    readonly leavesOut?: 'instruction';
  } = {},
): void {
  const { leavesOut } = options;
  testPlugin({ kind: 'prompt-template', value: template });
  describe(`prompt template ${template.name}`, () => {
    it('makes valid conversations', () => {
      for (const instance of instances) {
        const messages = template.messages(instance);
        validateRecord({ id: instance.id, messages }, { package: '@tunesmith/testing' });
      }
    });

    it('takes its defaults where it is called without options', () => {
      const defaults = withDefaults(template.options ?? {}, {}) as PluginOptions;
      for (const instance of instances)
        expect(template.messages(instance, defaults)).toEqual(template.messages(instance));
    });

    it('ends with the output alone, as the assistant says it', () => {
      for (const instance of instances) {
        const messages = template.messages(instance);
        expect(messages.at(-1)).toMatchObject({ role: 'assistant', content: instance.output });
        expect(messages.filter(({ role }) => role === 'assistant')).toHaveLength(1);
      }
    });

    it(`puts ${leavesOut ? 'the input alone' : 'instruction and input whole'} before the answer`, () => {
      for (const instance of instances) {
        const asked = template
          .messages(instance)
          .slice(0, -1)
          .map(({ content }) => (typeof content === 'string' ? content : JSON.stringify(content)))
          .join('\n');
        if (leavesOut) expect(asked).not.toContain(instance.instruction);
        else expect(asked).toContain(instance.instruction);
        expect(asked).toContain(instance.input ?? '');
      }
    });

    it('takes an empty input for none', () => {
      const [bare] = instances as [Instance];
      expect(template.messages({ ...bare, input: '' })).toEqual(template.messages(bare));
    });

    it('leaves the instance as it is and says the same again', () => {
      for (const instance of instances) {
        const before = structuredClone(instance);
        const first = structuredClone(template.messages(instance));
        expect(template.messages(instance)).toEqual(first);
        expect(instance).toEqual(before);
      }
    });

    it(`agrees with ${cases.length} known conversations`, () => {
      expect(cases.length).toBeGreaterThan(0);
      for (const { instance, messages } of cases)
        expect(template.messages({ id: 'known', ...instance })).toEqual(messages);
    });
  });
}

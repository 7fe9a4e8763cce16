import {
  findProblems,
  pluginManifestSchema,
  withDefaults,
  type JSONSchema,
  type PluginContract,
} from '@tunesmith/schema';
import { describe, expect, it } from 'vitest';

/** A plugin as `definePlugin` makes it, of any kind. */
export interface TestedPlugin {
  readonly kind: string;
  readonly value: PluginContract;
}

/** One sentence: begins with a capital or a figure, ends with a full stop, and none stands in it before another sentence. */
const sentence = /^[\p{Lu}\d](?:(?!\. \p{Lu}).)*\.$/u;

/**
 * What all kinds of plugin share: a manifest that lists can print and recipes can name, with one sentence, and a reference whose
 * fields are whole; a schema of options that is plain JSON, refuses what it does not know, describes each option, and whose
 * defaults satisfy it. The suite of each kind includes it.
 *
 * Call it at the top level of a test file.
 */
export function testPlugin({ kind, value }: TestedPlugin): void {
  describe(`the ${kind} ${value.name} as a plugin`, () => {
    it('says what it is', () => {
      const { specVersion, name, description, reference } = value;
      const manifest = {
        specVersion,
        kind,
        name,
        description,
        ...(reference ? { reference } : {}),
      };
      expect(findProblems(pluginManifestSchema, manifest)).toEqual([]);
      expect(description).toMatch(sentence);
    });

    const { options } = value;
    if (options === undefined) return;

    it('describes its options, and refuses others', () => {
      expect(JSON.parse(JSON.stringify(options))).toEqual(options);
      expect(options).toMatchObject({ type: 'object', additionalProperties: false });
      const undescribed = Object.entries(options.properties ?? {}).filter(
        ([, property]) => !/^\p{Lu}.*\.$/su.test(property.description ?? ''),
      );
      expect(undescribed.map(([name]) => name)).toEqual([]);
      expect(Object.keys(options.properties ?? {})).not.toContain('name');
      expect(findProblems(options, { 'no such option': 1 })).not.toEqual([]);
    });

    it('has defaults that satisfy its own schema', () => {
      for (const [name, property] of Object.entries(options.properties ?? {}))
        if (property.default !== undefined)
          expect(findProblems(property, property.default), name).toEqual([]);
      if (mustBeGiven(options).length === 0)
        expect(findProblems(options, withDefaults(options, {}))).toEqual([]);
    });
  });
}

/** Required options without a default. */
function mustBeGiven({ properties = {}, required = [] }: JSONSchema): string[] {
  return required.filter((name) => properties[name]?.default === undefined);
}

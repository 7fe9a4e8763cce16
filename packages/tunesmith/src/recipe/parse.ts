import {
  expandStages,
  resolveRecipe,
  TunesmithError,
  type Recipe,
  type RecipeInput,
} from '@tunesmith/schema';
import { isMap, isScalar, isSeq, LineCounter, parseDocument, type Document } from 'yaml';
import { applyOverrides, parseOverride } from './overrides.ts';
import { inheritedOptions, withMentionObjects, type Inherited } from './replaced-plugin.ts';

/** A recipe that was checked, overrides put in place. */
export interface ParsedRecipe {
  /** Every default written out. */
  recipe: Recipe;
  /** The recipe before defaults: tells what a person asked for. */
  written: RecipeInput;
  /** Options that were written for another method, optimizer or schedule than the one an override asks for. */
  inherited: Inherited;
}

/**
 * Reads the text of a recipe, in YAML or JSON, and checks it.
 *
 * @param file what messages call it
 * @returns what it says, without defaults
 * @throws TunesmithError `invalid-yaml` or `invalid-recipe`; the message has the line
 */
export function parseRecipe(text: string, file = 'the recipe'): RecipeInput {
  const { value, lineOf } = documentOf(text, file);
  return withOverrides(value, [], { file, line: lineOf }).written;
}

/**
 * Puts `key=value` overrides into a recipe, checks it and writes every default out.
 *
 * @param where what messages call it, and the lines of its parts
 * @throws TunesmithError `invalid-override` or `invalid-recipe`
 */
export function withOverrides(
  value: unknown,
  given: readonly string[],
  where?: { file: string; line: ReadText['lineOf'] },
): ParsedRecipe {
  const overrides = given.map(parseOverride);
  const isOverridden = (path: readonly string[]): boolean =>
    overrides.some((override) => override.path.every((key, index) => path[index] === key));
  const whole = applyOverrides(withMentionObjects(value, overrides), overrides);
  const stated = asStages(whole);
  // In a recipe of one stage that is not called so, the stage's keys are those of the recipe.
  const pathWritten = (path: readonly string[]): string[] =>
    stated !== whole && path[0] === 'stages' ? path.slice(2) : [...path];
  const written = expandStages(stated).recipe as RecipeInput;
  const places = where && {
    file: where.file,
    line: (path: readonly string[]) => (isOverridden(path) ? undefined : where.line(path)),
  };
  const recipe = resolveRecipe(stated, { package: 'tunesmith', pathWritten, ...places });
  return { recipe, written, inherited: inheritedOptions(value, written, overrides) };
}

/** What a recipe that writes data calls its only stage. */
export const writingStage = 'written';

/** A recipe with a synthesizer and no stages is one with a stage that writes data: its keys but those of the whole run belong to the stage. */
function asStages(value: unknown): unknown {
  const given = Object(value) as Record<string, unknown>;
  if (!Object.hasOwn(given, 'synthesizer') || Object.hasOwn(given, 'stages')) return value;
  const { name, output, resume, ...stage } = given;
  return {
    ...(name === undefined ? {} : { name }),
    ...(output === undefined ? {} : { output }),
    ...(resume === undefined ? {} : { resume }),
    stages: [{ name: writingStage, job: 'synthesize', ...stage }],
  };
}

/** A document as a value. Aliases may repeat a part, but neither without end nor without measure. */
function valueOf(document: Document, file: string): unknown {
  try {
    const value = document.toJS() as unknown;
    JSON.stringify(value);
    return value;
  } catch (cause) {
    throw new TunesmithError({
      package: 'tunesmith',
      code: 'invalid-yaml',
      message: `${file}: not a recipe: ${(cause as Error).message.split('\n')[0]}`,
      value: file,
      accepted: 'YAML whose aliases name earlier parts, neither in a circle nor a great many times',
      cause,
    });
  }
}

/** What a text in YAML or JSON says. */
interface ReadText {
  readonly value: unknown;
  /** The line (from 1) on which a path stands. */
  lineOf(path: readonly string[]): number | undefined;
}

/**
 * Reads the text of a recipe, in YAML or JSON. Keys given twice and bad syntax are errors.
 *
 * @param file what messages call it
 * @throws TunesmithError `invalid-yaml`
 */
export function documentOf(text: string, file: string): ReadText {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [error] = document.errors;
  if (error) {
    throw new TunesmithError({
      package: 'tunesmith',
      code: 'invalid-yaml',
      message: `${file}:${lines.linePos(error.pos[0]).line}: not YAML: ${error.message}`,
      value: file,
      accepted: 'YAML 1.2 or JSON',
      cause: error,
    });
  }
  const lineOf = (path: readonly string[]): number | undefined => {
    let node: unknown = document.contents;
    let offset: number | undefined;
    for (const key of path) {
      if (isMap(node)) {
        const pair = node.items.find(
          (item) => isScalar(item.key) && String(item.key.value) === key,
        );
        // A missing key is reported where its object begins.
        if (!pair) break;
        if (isScalar(pair.key)) offset = pair.key.range?.[0];
        node = pair.value;
      } else if (isSeq(node)) {
        node = node.items[Number(key)];
        const range = (node as { range?: readonly number[] } | undefined)?.range;
        if (range) offset = range[0];
      } else break;
    }
    return offset === undefined ? undefined : lines.linePos(offset).line;
  };
  return { value: valueOf(document, file), lineOf };
}

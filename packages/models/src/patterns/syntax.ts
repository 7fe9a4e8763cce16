/** Whether a code point belongs to a set. */
export type CharacterTest = (codePoint: number) => boolean;

/** A regular expression, parsed: what every dialect comes to. */
export type PatternNode =
  | { readonly kind: 'set'; readonly test: CharacterTest }
  | { readonly kind: 'sequence'; readonly parts: readonly PatternNode[] }
  | { readonly kind: 'choice'; readonly options: readonly PatternNode[] }
  | {
      readonly kind: 'repeat';
      readonly body: PatternNode;
      readonly least: number;
      /** May be infinite. */
      readonly most: number;
      readonly mode: 'greedy' | 'lazy' | 'possessive';
    }
  | { readonly kind: 'group'; readonly index: number; readonly body: PatternNode }
  | { readonly kind: 'atomic'; readonly body: PatternNode }
  | {
      readonly kind: 'look';
      readonly behind: boolean;
      readonly negated: boolean;
      readonly body: PatternNode;
    }
  | { readonly kind: 'assert'; readonly place: Place; readonly word?: CharacterTest }
  | { readonly kind: 'backreference'; readonly index: number; readonly ignoreCase: boolean }
  | {
      readonly kind: 'condition';
      readonly index: number;
      readonly yes: PatternNode;
      readonly no: PatternNode;
    };

/** Places between characters. `last-line-end` is the end, or before a line feed that ends the text. */
export type Place =
  | 'start'
  | 'end'
  | 'last-line-end'
  | 'line-start'
  | 'line-end'
  | 'word-border'
  | 'no-word-border';

/** A parsed pattern and how many groups capture. */
export interface ParsedPattern {
  readonly node: PatternNode;
  readonly groups: number;
}

/** The empty pattern. */
export const nothing: PatternNode = { kind: 'sequence', parts: [] };

/** Characters that a node always takes, or undefined where texts of several lengths match. */
export function widthOf(node: PatternNode): number | undefined {
  switch (node.kind) {
    case 'set':
      return 1;
    case 'look':
    case 'assert':
      return 0;
    case 'group':
    case 'atomic':
      return widthOf(node.body);
    case 'backreference':
      return undefined;
    case 'repeat': {
      const width = widthOf(node.body);
      if (width === 0) return 0;
      return node.least === node.most && width !== undefined ? width * node.least : undefined;
    }
    case 'sequence':
      return node.parts
        .map(widthOf)
        .reduce<number | undefined>(
          (sum, width) => (sum === undefined || width === undefined ? undefined : sum + width),
          0,
        );
    case 'choice':
    case 'condition': {
      const widths = (node.kind === 'choice' ? node.options : [node.yes, node.no]).map(widthOf);
      return widths.every((width) => width === widths[0]) ? widths[0] : undefined;
    }
  }
}

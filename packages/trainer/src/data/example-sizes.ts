import { growingNumbers, type GrowingList } from '@tunesmith/schema';
import type { ExampleSize } from './rows.ts';

type Column = ReturnType<typeof growingNumbers>;

/** Sizes of examples in columns: a few bytes for each number that they have. */
export function exampleSizes(): GrowingList<ExampleSize> {
  const tokens = growingNumbers(Int32Array);
  const slots = growingNumbers(Int32Array);
  const supervised = growingNumbers(Int32Array);
  const sourceTokens = optionalColumn(0);
  const documents = optionalColumn(1);
  const places = new Map<string, OptionalColumn>();
  const at = (index: number): ExampleSize | undefined => {
    if (index >= tokens.length) return undefined;
    const source = sourceTokens.at(index);
    return {
      tokens: tokens.at(index)!,
      slots: slots.at(index)!,
      supervised: supervised.at(index)!,
      documents: documents.at(index),
      ...(source > 0 ? { sourceTokens: source } : {}),
      ...(places.size > 0
        ? { places: Object.fromEntries([...places].map(([name, own]) => [name, own.at(index)])) }
        : {}),
    };
  };
  return {
    get length() {
      return tokens.length;
    },
    at,
    push(size) {
      const index = tokens.length;
      tokens.push(size.tokens);
      slots.push(size.slots);
      supervised.push(size.supervised);
      sourceTokens.set(index, size.sourceTokens);
      documents.set(index, size.documents);
      for (const [name, count] of Object.entries(size.places ?? {})) {
        const own = places.get(name) ?? optionalColumn(0);
        places.set(name, own);
        own.set(index, count);
      }
    },
    *[Symbol.iterator]() {
      for (let index = 0; index < tokens.length; index++) yield at(index)!;
    },
  };
}

type OptionalColumn = ReturnType<typeof optionalColumn>;

/** Numbers most of which are what is usual; nothing is kept until one is not. */
function optionalColumn(usual: number) {
  let column: Column | undefined;
  return {
    at: (index: number): number => column?.at(index) ?? usual,
    /** Sets a number at the end, or beyond it. */
    set(index: number, number = usual): void {
      if (column === undefined && number === usual) return;
      column ??= growingNumbers(Int32Array);
      while (column.length < index) column.push(usual);
      column.push(number);
    },
  };
}

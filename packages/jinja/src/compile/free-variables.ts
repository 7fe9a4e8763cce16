import type { Signature, Statement, Target } from '../ast.ts';
import type { Language } from '../language.ts';

function targetNames(target: Target): string[] {
  if (target.kind === 'tuple') return target.items.flatMap(targetNames);
  return target.kind === 'name' ? [target.name] : [];
}

/** Calls `see` with every node of a syntax tree. */
function walk(node: unknown, see: (node: Readonly<Record<string, unknown>>) => void): void {
  if (Array.isArray(node)) for (const inner of node) walk(inner, see);
  else if (typeof node === 'object' && node !== null) {
    see(node as Readonly<Record<string, unknown>>);
    for (const [key, inner] of Object.entries(node)) {
      if (key !== 'target' && key !== 'targets') walk(inner, see);
    }
  }
}

/** Names that statements read and nowhere set, and that the language has no global of, in the order in which they come. */
export function freeVariables(body: readonly Statement[], { globals }: Language): string[] {
  const read = new Set<string>();
  const set = new Set(['loop', 'caller', 'kwargs', 'varargs']);
  walk(body, (node) => {
    if (node['kind'] === 'name') read.add(node['name'] as string);
    if (node['kind'] === 'macro') set.add(node['name'] as string);
    const targets = [node['target'], ...((node['targets'] as readonly unknown[]) ?? [])];
    for (const target of targets) {
      if (target !== undefined) for (const name of targetNames(target as Target)) set.add(name);
    }
    for (const name of (node['signature'] as Signature | undefined)?.names ?? []) set.add(name);
  });
  return [...read].filter((name) => !set.has(name) && !globals.has(name));
}

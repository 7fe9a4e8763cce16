/** Whether a part of a syntax tree reads a name anywhere. */
export function mentions(node: unknown, name: string): boolean {
  if (Array.isArray(node)) return node.some((inner) => mentions(inner, name));
  if (typeof node !== 'object' || node === null) return false;
  if ('kind' in node && node.kind === 'name' && 'name' in node && node.name === name) return true;
  return Object.values(node).some((inner) => mentions(inner, name));
}

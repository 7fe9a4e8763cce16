/**
 * @typedef {Record<string, string>} Ranges package name -> range
 * @typedef {{ name: string, version: string, private?: boolean, [group: string]: unknown }} Manifest
 * @typedef {{ catalog: Ranges, workspace: readonly Manifest[] }} House
 */

const groups = ['dependencies', 'optionalDependencies', 'peerDependencies', 'devDependencies'];

/**
 * The ranges that a published package must have: plain ones, since `workspace:` and `catalog:` are understood by pnpm alone
 * and `npm pack` leaves them as they are. A package of ours is at its version or a compatible one (`^`), private ones and
 * those of the catalog are at exactly the version there, and a peer at that or a compatible one.
 *
 * @param {Manifest} manifest
 * @param {House} house the catalog of `pnpm-workspace.yaml`, and every package of the workspace
 * @returns {{ group: string, name: string, found: string, expected: string | undefined }[]} what differs; `expected` is
 * undefined where a package is neither ours nor in the catalog
 */
export function wrongRanges(manifest, { catalog, workspace }) {
  return groups.flatMap((group) =>
    Object.entries(/** @type {Ranges | undefined} */ (manifest[group]) ?? {}).flatMap(
      ([name, found]) => {
        const ours = workspace.find((one) => one.name === name);
        const version = ours?.version ?? catalog[name];
        const isCompatible = group === 'peerDependencies' || (ours && !ours.private);
        const expected = version && (isCompatible ? `^${version}` : version);
        return found === expected ? [] : [{ group, name, found, expected }];
      },
    ),
  );
}

/**
 * A copy of the manifest with the ranges of {@link wrongRanges} put right.
 *
 * @param {Manifest} manifest
 * @param {House} house
 * @returns {Manifest}
 */
export function withPlainRanges(manifest, house) {
  const copy = structuredClone(manifest);
  for (const { group, name, expected } of wrongRanges(manifest, house))
    if (expected) /** @type {Ranges} */ (copy[group])[name] = expected;
  return copy;
}

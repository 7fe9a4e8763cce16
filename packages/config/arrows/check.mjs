import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import ts from 'typescript';

/**
 * @typedef {{ name: string, directory: string, dependencies: string[], developmentDependencies: string[] }} Package
 * @typedef {{ where: string, problem: string }} Finding
 */

/**
 * Reads every package.json and every import under `packages/` and reports what breaks the table:
 * an import or a dependency that points up or sideways, an import that package.json does not declare,
 * a relative import that leaves its package, a package missing from the table, and a circle of packages.
 * Test files may import any package of ours, as long as no circle of packages arises.
 *
 * @param {string} root folder that holds `packages/`
 * @param {Readonly<Record<string, readonly string[]>>} table package name without scope -> packages it may import
 * @returns {{ findings: Finding[], packages: number, files: number, imports: number }}
 */
export function checkArrows(root, table) {
  const packages = readPackages(join(root, 'packages'));
  /** @type {Finding[]} */
  const findings = [];
  let files = 0;
  let imports = 0;

  for (const { name, directory, dependencies, developmentDependencies } of packages) {
    const manifest = relative(root, join(directory, 'package.json'));
    const allowed = table[name];
    if (!allowed) {
      findings.push({ where: manifest, problem: `package "${name}" has no line in the table` });
      continue;
    }
    for (const target of dependencies) {
      if (!allowed.includes(target)) {
        findings.push({ where: manifest, problem: forbidden(name, target, allowed) });
      }
    }
    for (const file of sourceFiles(directory)) {
      files += 1;
      const isTest = file.endsWith('.test.ts') || !relative(directory, file).startsWith('src');
      const where = relative(root, file);
      for (const specifier of importsOf(file)) {
        imports += 1;
        if (specifier.startsWith('.')) {
          const outside = relative(directory, resolve(file, '..', specifier)).startsWith('..');
          if (outside) {
            findings.push({
              where,
              problem: `"${specifier}" leaves the package; import it by name`,
            });
          }
          continue;
        }
        const target = ours(specifier);
        if (target === undefined || target === name) continue;
        if (!isTest && !allowed.includes(target)) {
          findings.push({ where, problem: forbidden(name, target, allowed) });
        }
        const declared = isTest ? [...dependencies, ...developmentDependencies] : dependencies;
        if (!declared.includes(target)) {
          findings.push({ where, problem: `"${specifier}" is not declared in ${manifest}` });
        }
      }
    }
  }
  const circle = findCircle(packages);
  if (circle) findings.push({ where: 'packages', problem: `circle: ${circle.join(' -> ')}` });
  return { findings, packages: packages.length, files, imports };
}

/** @param {string} from @param {string} to @param {readonly string[]} allowed */
function forbidden(from, to, allowed) {
  const accepted = allowed.length > 0 ? allowed.join(', ') : 'no package of ours';
  return `"${from}" may not import "${to}"; accepted: ${accepted}`;
}

/**
 * Our package that a specifier names, without the scope; undefined for everything else.
 * @param {string} specifier
 */
function ours(specifier) {
  if (specifier === 'tunesmith' || specifier.startsWith('tunesmith/')) return 'tunesmith';
  return /^@tunesmith\/([^/]+)/.exec(specifier)?.[1];
}

/**
 * Packages stand in `packages/<name>` or one folder deeper, `packages/<family>/<name>`.
 * @param {string} directory
 * @returns {Package[]}
 */
function readPackages(directory, depth = 2) {
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'node_modules')
    .flatMap((entry) => {
      const folder = join(directory, entry.name);
      const manifest = join(folder, 'package.json');
      if (!existsSync(manifest)) return depth > 1 ? readPackages(folder, depth - 1) : [];
      const content = JSON.parse(readFileSync(manifest, 'utf8'));
      /** @param {Record<string, string> | undefined} group */
      const names = (group) => Object.keys(group ?? {}).flatMap((key) => ours(key) ?? []);
      return {
        name: ours(content.name) ?? content.name,
        directory: folder,
        dependencies: [...names(content.dependencies), ...names(content.peerDependencies)],
        developmentDependencies: names(content.devDependencies),
      };
    });
}

/**
 * @param {string} directory
 * @returns {string[]}
 */
function sourceFiles(directory) {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) {
      return ['node_modules', 'dist', 'fixtures'].includes(entry.name) ? [] : sourceFiles(path);
    }
    return /\.m?[tj]s$/.test(entry.name) ? [path] : [];
  });
}

/** @param {string} file */
function importsOf(file) {
  const { importedFiles } = ts.preProcessFile(readFileSync(file, 'utf8'), true, true);
  return importedFiles.map((imported) => imported.fileName);
}

/**
 * The first circle in the graph of all dependencies, those for development included.
 * @param {readonly Package[]} packages
 * @returns {string[] | undefined}
 */
function findCircle(packages) {
  const edges = new Map(
    packages.map((one) => [one.name, [...one.dependencies, ...one.developmentDependencies]]),
  );
  const done = new Set();
  /**
   * @param {string} name
   * @param {readonly string[]} path
   * @returns {string[] | undefined}
   */
  const visit = (name, path) => {
    if (path.includes(name)) return [...path.slice(path.indexOf(name)), name];
    if (done.has(name)) return undefined;
    for (const next of edges.get(name) ?? []) {
      const circle = visit(next, [...path, name]);
      if (circle) return circle;
    }
    done.add(name);
    return undefined;
  };
  for (const name of edges.keys()) {
    const circle = visit(name, []);
    if (circle) return circle;
  }
  return undefined;
}

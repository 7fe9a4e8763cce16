import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { TunesmithError, unknownName } from '@tunesmith/schema';
import manifest from '../package.json' with { type: 'json' };
import type { PluginTemplate } from './templates/template.ts';
import { templates } from './templates/templates.ts';

/** What {@link createPlugin} writes. */
export interface PluginOptions {
  /** A kind of `templates`. Default `metric`. */
  kind?: string;
}

/** What {@link createPlugin} wrote. */
export interface CreatedPlugin {
  /** The folder, as an absolute path. */
  directory: string;
  /** The plugin's and the package's name: the folder's. */
  name: string;
  kind: string;
  /** The files in it. */
  files: string[];
}

const packageOwner = manifest.name;

/**
 * Writes the package of a plugin into a new or empty folder: `package.json`, a source that works and is to be replaced, a test
 * that holds it to the suite of `@tunesmith/testing` with the settings of its runner, and a README. The folder's name becomes the plugin's.
 *
 * @throws TunesmithError `unknown-name` for a kind without a template, `invalid-name` for a folder's name that no plugin may
 * have, `file-exists` where the folder is not empty; nothing is written then
 */
export async function createPlugin(
  folder: string,
  { kind = 'metric' }: PluginOptions = {},
): Promise<CreatedPlugin> {
  const template = Object.hasOwn(templates, kind) ? templates[kind] : undefined;
  if (template === undefined) {
    const names = Object.keys(templates);
    throw unknownName({ package: packageOwner, kind: 'template', name: kind, names });
  }
  const directory = resolve(folder);
  const name = basename(directory);
  if (!/^[a-z][a-z0-9-]*$/.test(name)) {
    throw new TunesmithError({
      package: packageOwner,
      code: 'invalid-name',
      message: `"${name}" cannot be the name of a plugin`,
      value: name,
      accepted: 'lower case letters, digits and hyphens, a letter first, such as my-metric',
    });
  }
  const present = await readdir(directory).catch(() => []);
  if (present.length > 0) {
    throw new TunesmithError({
      package: packageOwner,
      code: 'file-exists',
      message: `${directory} is not empty`,
      value: directory,
      accepted: 'a new or an empty folder',
    });
  }
  const files = filesOf(name, kind, template);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), text, { flag: 'wx' });
  }
  return { directory, name, kind, files: Object.keys(files) };
}

function filesOf(name: string, kind: string, template: PluginTemplate): Record<string, string> {
  const identifier = name.replaceAll(/-+(\w?)/g, (_, letter: string) => letter.toUpperCase());
  return {
    'package.json': `${JSON.stringify(manifestOf(name, template), undefined, 2)}\n`,
    'src/index.js': template.source(name, identifier),
    'src/index.test.js': template.test(identifier),
    'vitest.config.js': vitestConfig,
    'README.md': readmeOf(name, kind, template),
  };
}

/** The package's own: without one, vitest takes what it finds in a folder above. */
const vitestConfig = `import { defineConfig } from 'vitest/config';

export default defineConfig({ test: { include: ['src/**/*.test.js'] } });
`;

function manifestOf(name: string, { description, imports }: PluginTemplate): object {
  // All packages of Tunesmith have one version.
  const range = `^${manifest.version}`;
  return {
    name,
    version: '0.1.0',
    description,
    keywords: ['tunesmith', 'tunesmith-plugin'],
    files: ['src', '!src/**/*.test.js'],
    type: 'module',
    exports: './src/index.js',
    scripts: { test: 'vitest run' },
    peerDependencies: Object.fromEntries(imports.map((one) => [`@tunesmith/${one}`, range])),
    devDependencies: {
      '@tunesmith/testing': range,
      ...(imports.includes('runtime') ? { 'onnxruntime-node': '^1.30.0' } : {}),
      vitest: manifest.devDependencies.vitest,
    },
    engines: manifest.engines,
  };
}

function readmeOf(name: string, kind: string, { description, recipe }: PluginTemplate): string {
  return `# ${name}

${description}

\`\`\`yaml
plugins: [${name}] # or the path of a file: ./src/index.js
${recipe(name)}
\`\`\`

\`npm install\`, then \`npm test\` runs the suite that every ${kind} of Tunesmith passes.
`;
}

/** How the package of one kind of plugin is written. */
export interface PluginTemplate {
  /** One line for the README and for `package.json`. */
  readonly description: string;
  /** Packages of ours that its source imports, without the scope; they become peer dependencies. */
  readonly imports: readonly string[];
  /** How a recipe names it. */
  readonly recipe: (name: string) => string;
  /** `src/index.js`, which exports `plugins`. */
  readonly source: (name: string, identifier: string) => string;
  /** `src/index.test.js`, which holds it to the suite of its kind. */
  readonly test: (identifier: string) => string;
}

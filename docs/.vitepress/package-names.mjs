import { readFileSync } from 'node:fs';
import { Converter, ReflectionKind } from 'typedoc';

/**
 * A typedoc plugin: modules bear their npm names instead of the paths of their `src/index.ts` and `src/node.ts`.
 * @param {import('typedoc').Application} app
 */
export function load(app) {
  app.converter.on(Converter.EVENT_CREATE_DECLARATION, (context, reflection) => {
    if (!reflection.kindOf(ReflectionKind.Module)) return;
    const symbol = context.getSymbolFromReflection(reflection);
    const file = symbol?.declarations?.[0]?.getSourceFile().fileName ?? '';
    const [, folder, entry] = /^(.*)\/src\/(index|node)\.ts$/.exec(file) ?? [];
    if (folder === undefined) return;
    const { name } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
    reflection.name = entry === 'node' ? `${name}/node` : name;
  });
}

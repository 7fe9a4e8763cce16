import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import ts from 'typescript';

/** Where the types of Node are, those of the oldest supported one. */
const typeRoots = [
  dirname(dirname(createRequire(import.meta.url).resolve('@types/node/package.json'))),
];

/**
 * What TypeScript says to a program that imports every package, strictly, as Node resolves it, and with every library's types
 * checked as well (`skipLibCheck: false`).
 *
 * @param {string} home the folder where the packages are installed
 * @param {readonly string[]} names the packages
 * @returns {string[]} one line a problem
 */
export function consumerProblems(home, names) {
  const file = join(home, 'consumer.mts');
  const imports = names.map((name, index) => `import * as p${index} from '${name}';`);
  const uses = names.map((_, index) => `p${index}`).join(', ');
  writeFileSync(file, `${imports.join('\n')}\nexport const all: readonly object[] = [${uses}];\n`);
  const program = ts.createProgram([file], {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    skipLibCheck: false,
    types: ['node'],
    typeRoots,
  });
  return ts.getPreEmitDiagnostics(program).map(({ file: at, start, messageText }) => {
    const text = ts.flattenDiagnosticMessageText(messageText, ' ');
    if (!at || start === undefined) return text;
    const { line } = at.getLineAndCharacterOfPosition(start);
    return `${at.fileName.replace(`${home}/`, '')}:${line + 1}: ${text}`;
  });
}

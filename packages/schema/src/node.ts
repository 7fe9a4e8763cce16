export { isRunning } from './node/is-running.ts';
export { nodeFiles } from './node/node-files.ts';
export { writeFileAtomically } from './node/write-atomically.ts';
export { openUnnamedFile, type UnnamedFile } from './node/unnamed-file.ts';

export { isRunning } from './node/is-running.ts';
export { nodeFiles } from './node/node-files.ts';
export { writeFileAtomically } from './node/write-atomically.ts';

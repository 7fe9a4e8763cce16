export { loadAdapter } from './node/load-adapter.ts';
export { saveAdapter } from './node/save-adapter.ts';

/**
 * Lets the types in `dist` stand alone: those of tfjs among them name two types of other packages, which nobody who uses tensors
 * needs. They are declared here by what is known of them, so that no library has to be installed for its types.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../dist/', import.meta.url));
const standIns = `/** A buffer of WebGPU. */
interface GPUBuffer {}
/** An integer of 64 bits in two halves. */
interface Long { readonly high: number; readonly low: number; readonly unsigned: boolean }
`;
const reference = '/// <reference types="@webgpu/types/dist" />\n';
const found = readdirSync(folder).filter((name) => {
  if (!name.endsWith('.d.ts')) return false;
  const text = readFileSync(folder + name, 'utf8');
  if (!text.startsWith(reference)) return false;
  writeFileSync(folder + name, standIns + text.slice(reference.length));
  return true;
});
if (found.length === 0) throw new Error(`no types in ${folder} begin with ${reference}`);

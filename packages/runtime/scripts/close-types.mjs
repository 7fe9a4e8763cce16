/**
 * Lets `dist/index.d.ts` stand alone: the types of tfjs in it name two types of other packages, which nobody who uses tensors
 * needs. They are declared here by what is known of them, so that no library has to be installed for its types.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const file = fileURLToPath(new URL('../dist/index.d.ts', import.meta.url));
const standIns = `/** A buffer of WebGPU. */
interface GPUBuffer {}
/** An integer of 64 bits in two halves. */
interface Long { readonly high: number; readonly low: number; readonly unsigned: boolean }
`;
const text = readFileSync(file, 'utf8');
const reference = '/// <reference types="@webgpu/types/dist" />\n';
if (!text.startsWith(reference)) throw new Error(`${file} does not begin with ${reference}`);
writeFileSync(file, standIns + text.slice(reference.length));

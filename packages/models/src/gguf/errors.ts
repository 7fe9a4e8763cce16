import { modelsError } from '../errors.ts';

/** The error for a file that is not what a complete GGUF file is. */
export function damagedGguf(path: string, message: string, value: unknown = path): Error {
  return modelsError({
    code: 'damaged-gguf',
    message: `${path}: ${message}`,
    value,
    accepted: 'a complete GGUF file',
  });
}

/** The error for a file that may be sound and is not read here. */
export function unsupportedGguf(
  path: string,
  message: string,
  value: unknown,
  accepted: string | readonly string[],
  nearest?: string,
): Error {
  return modelsError({
    code: 'unsupported-gguf',
    message: `${path}: ${message}`,
    value,
    accepted,
    nearest,
  });
}

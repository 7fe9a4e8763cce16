import { prototypeKeys, readText, TunesmithError, type Files } from '@tunesmith/schema';

/** A JSON object in a file of an adapter. @throws TunesmithError `adapter-files` */
export async function readJson(files: Files, file: string): Promise<Record<string, unknown>> {
  const directory = files.locate();
  const path = files.locate(file);
  let text: string;
  try {
    text = await readText(files, file);
  } catch (cause) {
    throw unreadable(
      directory,
      TunesmithError.is(cause) ? cause.problems.join('; ') : String(cause),
      cause,
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw unreadable(directory, `${path} is not JSON: ${(cause as Error).message}`, cause);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw unreadable(directory, `${path} does not hold a JSON object`);
  }
  const [foreign] = prototypeKeys(value);
  if (foreign) throw unreadable(directory, `${path}: ${foreign.message}`);
  return value as Record<string, unknown>;
}

/** The error for files that hold no readable adapter. */
export function unreadable(directory: string, message: string, cause?: unknown): TunesmithError {
  return new TunesmithError({
    package: '@tunesmith/peft',
    code: 'adapter-files',
    message,
    value: directory,
    cause,
  });
}

import { dirname, resolve } from 'node:path';
import { createReport, type DataReport } from '@tunesmith/datasets';
import { writeRecords } from '@tunesmith/datasets/node';
import { partsOf, type Mention } from '@tunesmith/schema';
import { checkOutputFile } from '../outputs/check-output.ts';
import { makeFolders } from '../run/make-folders.ts';
import { requireWritable } from '../run/writable.ts';
import { found, inputsOf, openData, type DataOptions } from './open-data.ts';

/** Checks that a file may be written, and makes the folder that it lies in. */
async function openOutput(
  out: string,
  inputs: readonly { what: string; path: string }[],
  overwrite = false,
): Promise<void> {
  await checkOutputFile(out, inputs, {
    overwrite,
    accepted: overwrite ? 'another file' : 'a new file, or --overwrite to replace it',
  });
  await requireWritable(out);
  await makeFolders(dirname(resolve(out)));
}

/** What converting a data file did. */
export interface DataConversion {
  from: string;
  /** Why that format was found; absent where it was named. */
  foundBy?: string;
  to: string;
  /** Records written. */
  written: number;
  report: DataReport;
}

/**
 * Reads a data file in one format and writes it in another; what the new format cannot express is counted.
 *
 * @throws TunesmithError for the first malformed row, with file and line; `output-exists`, `output-is-input`
 */
export async function convertData(
  options: DataOptions & { to: Mention; out: string; template?: string; overwrite?: boolean },
): Promise<DataConversion> {
  const { file, read, format, reason, registry } = await openData(options);
  if (options.out !== '-') await openOutput(options.out, inputsOf(file), options.overwrite);
  const report = createReport();
  const template = registry.settled('prompt-template', options.template ?? 'plain');
  const written = await writeRecords(options.out, read({ report }), {
    format: options.to,
    adapters: registry.all('dataset-adapter'),
    template,
    report,
  });
  return {
    from: format()!,
    ...found(reason()),
    to: partsOf(options.to).name,
    written,
    report: report.report(),
  };
}

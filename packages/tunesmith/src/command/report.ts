import type { Command } from 'commander';
import { createCommand, terminalOf } from './shared.ts';

interface ReportFlags {
  out?: string;
  overwrite?: boolean;
  json?: boolean;
}

/** `tunesmith report` */
export function reportCommand(): Command {
  return createCommand('report', "Write a run's report anew, or show two runs side by side", [
    'report runs/first',
    'report runs/first runs/second --out comparison.html',
  ])
    .argument('<runs...>', 'the folder of a run, or of two runs')
    .option('--out <file>', 'the page to write; comparison.html for two runs')
    .option('--overwrite', 'replace that file')
    .action(async (runs: string[], { out, overwrite, json }: ReportFlags) => {
      const terminal = terminalOf(json === undefined ? {} : { json });
      terminal.working(`reading ${runs.join(' and ')}`);
      const { report } = await import('../report.ts');
      const { renderComparison } = await import('@tunesmith/evaluation');
      const found = await report(runs, {
        ...(out === undefined ? {} : { out }),
        ...(overwrite ? { overwrite } : {}),
      });
      const { comparison } = found;
      const told = comparison
        ? [
            renderComparison(comparison),
            `before is ${runs[0]}, after is ${runs[1]}; ▲ better, ▼ worse: the 95 % interval of the difference excludes zero`,
            '',
          ]
        : runs.length === 2
          ? [
              'the two runs were not measured on the same instances, so there are no differences',
              '',
            ]
          : [];
      terminal.result(found, [...told, `report   ${found.report}`].join('\n'));
    });
}

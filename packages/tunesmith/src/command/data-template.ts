import { table } from '@tunesmith/report';
import { Command } from 'commander';
import type { TemplateFindings, TemplatePreview } from '../data/templates.ts';
import { exitCodes } from './exit-codes.ts';
import { createCommand, terminalOf, wholeNumber } from './shared.ts';

interface TrialFlags {
  names?: string[];
  limit?: number;
  maxWords?: number;
  json?: boolean;
}

/** `tunesmith data template …` */
export function dataTemplateCommand(exit: (code: number) => void): Command {
  return new Command('template')
    .summary('Write, look at and check templates for annotated data')
    .description(
      "Write, look at and check templates for annotated data: promptsource's templates.yaml, or patterns as FLAN publishes them.",
    )
    .addCommand(newCommand())
    .addCommand(previewCommand())
    .addCommand(checkCommand(exit));
}

function newCommand(): Command {
  return createCommand('new', 'Write a file with a template for the columns of a data file', [
    'data template new rows.jsonl --out templates.yaml',
  ])
    .argument('<rows>', 'a data file: .jsonl, .json, .csv, .tsv')
    .requiredOption('--out <file>', 'the file of templates, .yaml')
    .option('--name <name>', 'what the template is called', 'first')
    .option('--overwrite', 'replace the file if it exists')
    .action(
      async (
        rows: string,
        flags: { out: string; name: string; overwrite?: boolean; json?: boolean },
      ) => {
        const { newTemplateFile } = await import('../data/templates.ts');
        const { out, name, overwrite = false } = flags;
        const found = await newTemplateFile(rows, out, { name, overwrite });
        terminalOf(flags).result(
          found,
          `${found.file}: one template for the columns ${found.columns.join(', ')}`,
        );
      },
    );
}

function trialFlags(command: Command): Command {
  return command
    .argument('<templates>', "promptsource's templates.yaml, or patterns of FLAN in YAML or JSON")
    .argument('<rows>', 'a data file: .jsonl, .json, .csv, .tsv')
    .option('--names <names...>', 'these templates or groups alone');
}

function trialOf(templates: string, rows: string, { names, limit }: TrialFlags) {
  return {
    templates,
    rows,
    ...(names === undefined ? {} : { names }),
    ...(limit === undefined ? {} : { limit }),
  };
}

function previewCommand(): Command {
  return trialFlags(
    createCommand('preview', 'Show the first rows as each template puts them into words', [
      'data template preview templates.yaml rows.jsonl',
      'data template preview templates.yaml rows.jsonl --names first --limit 3',
    ]),
  )
    .option('--limit <n>', 'how many rows', wholeNumber(1), 1)
    .action(async (templates: string, rows: string, flags: TrialFlags) => {
      const { previewTemplates } = await import('../data/templates.ts');
      const found = await previewTemplates(trialOf(templates, rows, flags));
      terminalOf(flags).result(found, found.map(described).join('\n\n'));
    });
}

function described({ template, row, instruction, output, leftOut }: TemplatePreview): string {
  const title = `${template}, row ${row}`;
  return leftOut === undefined
    ? `${title}\n${instruction}\n→ ${output}`
    : `${title}\nleft out: ${leftOut}`;
}

function checkCommand(exit: (code: number) => void): Command {
  return trialFlags(
    createCommand(
      'check',
      'Try every template on rows: leaking answers, lengths, choices, rows left out',
      [
        'data template check templates.yaml rows.jsonl',
        'data template check templates.yaml rows.jsonl --max-words 400',
      ],
    ),
  )
    .option('--limit <n>', 'how many rows', wholeNumber(1), 1000)
    .option('--max-words <n>', 'the longest prompt, in words', wholeNumber(1), 1024)
    .action(async (templates: string, rows: string, flags: TrialFlags) => {
      const { checkTemplateFile } = await import('../data/templates.ts');
      const found = await checkTemplateFile(trialOf(templates, rows, flags), flags.maxWords);
      terminalOf(flags).result(found, findingsText(found));
      if (found.checks.some(isAmiss) || found.unknownKeys.length > 0) exit(exitCodes.usage);
    });
}

type Check = TemplateFindings['checks'][number];

function isAmiss({ filled, leaks, tooLong, badChoices, missing }: Check): boolean {
  return filled === 0 || leaks + tooLong + badChoices > 0 || missing.length > 0;
}

function findingsText({ checks, unknownKeys }: TemplateFindings): string {
  const lines = checks.map((check) => [
    check.name,
    `${check.filled} of ${check.rows}`,
    `${check.leaks}`,
    `${check.tooLong}`,
    `${check.longest}`,
    `${check.badChoices}`,
  ]);
  const reasons = checks.flatMap(({ name, leftOut, missing }) => [
    ...Object.entries(leftOut).map(([reason, count]) => `${name}: ${count} × ${reason}`),
    ...missing.map((column) => `${name}: no row has the column ${column}`),
  ]);
  return [
    table(['template', 'filled', 'leaks', 'too long', 'longest', 'bad choices'], lines),
    ...reasons,
    ...unknownKeys.map((key) => `the key ${key} is not used`),
    checks.some(isAmiss) ? 'some templates need a look' : 'all templates fit the rows',
  ].join('\n');
}

import type { Command } from 'commander';
import { createCommand, terminalOf, withPlugins } from './shared.ts';

/** `tunesmith doctor` */
export function doctorCommand(): Command {
  const command = createCommand('doctor', 'Show what this machine can run on', [
    'doctor',
    'doctor --json',
  ]);
  return withPlugins(command).action(async (options: { json?: boolean; plugin?: string[] }) => {
    const terminal = terminalOf(options);
    const { doctor } = await import('../doctor.ts');
    const { openRegistry } = await import('../open-session.ts');
    const registry = await openRegistry({
      pluginNames: options.plugin ?? [],
      onWork: terminal.working,
    });
    terminal.working('trying the devices');
    const found = await doctor({ registry });
    const gigabytes = (found.memory / 2 ** 30).toFixed(1);
    const lines = found.devices.flatMap(
      ({ name, description, available, about, reason, remedy, chosen }) => [
        `  ${terminal.style('bold', name.padEnd(14))} ${available ? terminal.style('green', 'available') : terminal.style('yellow', `not available: ${reason}`)}${chosen ? ', chosen by device: auto' : ''}`,
        ...(remedy === undefined ? [] : [`  ${' '.repeat(14)} ${remedy}`]),
        `  ${' '.repeat(14)} ${terminal.style('dim', description)}`,
        ...(about === undefined ? [] : [`  ${' '.repeat(14)} ${terminal.style('dim', about)}`]),
      ],
    );
    terminal.result(
      found,
      [
        `Node ${found.node} on ${found.platform}`,
        `${found.cores} × ${found.processor}, ${gigabytes} GiB of memory`,
        'Devices:',
        ...lines,
      ].join('\n'),
    );
  });
}

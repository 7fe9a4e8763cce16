/**
 * Prints a table of every task (counts, baselines, phrasings) and a few instances of each.
 *
 *     pnpm --filter @tunesmith/collection show [examples a task]
 */
import { baseline, collection, findTask, instances, tasks } from '../src/node.ts';

const examples = Number(process.argv[2] ?? 2);
const say = (line = ''): unknown => process.stdout.write(`${line}\n`);
const start = performance.now();
const splits = collection();
const count = (split: keyof typeof splits, task: string): number =>
  splits[split].plan.find((line) => line.task === task)?.instances ?? 0;

say('cluster     task               train  held out  new cluster  majority  chance  phrasings');
for (const { name, cluster, phrasings } of tasks) {
  const { majority, chance } = baseline(name);
  const cells = [
    cluster.padEnd(11),
    name.padEnd(18),
    `${count('train', name)}`.padStart(5),
    `${count('heldout', name)}`.padStart(9),
    `${count('heldout-cluster', name)}`.padStart(12),
    majority.accuracy.toFixed(3).padStart(9),
    (chance?.toFixed(3) ?? '-').padStart(7),
    `${phrasings.length}`.padStart(10),
  ];
  say(cells.join(' '));
}
say(`built in ${Math.round(performance.now() - start)} ms`);
for (const { name, description, cluster } of tasks) {
  say(`\n## ${name}: ${description}`);
  const split = cluster === 'emoji' ? 'heldout-cluster' : 'heldout';
  for (const { instruction, input, output } of instances(name, { split, limit: examples })) {
    say(
      `- ${instruction}${input === undefined ? '' : `\n    input:  ${input.replaceAll('\n', '\n            ')}`}\n    output: ${output}`,
    );
  }
  if (findTask(name).choices) say(`  choices: ${findTask(name).choices!.join(', ')}`);
}

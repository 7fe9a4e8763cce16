/**
 * How far the simplest learner gets: naive Bayes over words and letter groups, for each task with
 * closed answers, trained on the train split and measured on the held-out one. It shows that there is
 * something to learn, and what a language model should beat.
 *
 *     pnpm --filter @tunesmith/collection naive-bayes
 */
import { type AnnotatedRow, type AnnotatedTask } from '@tunesmith/datasets';
import { heldOutCluster, isHeldOut, tasks } from '../src/node.ts';

/** Added to every count, so that an unseen feature rules nothing out. */
const smoothing = 0.1;

/** The words of a row's fields, and every group of two to four letters in them. */
function features({ fields }: AnnotatedRow): string[] {
  const { answer: _answer, ...given } = fields;
  const words =
    Object.values(given)
      .join(' ')
      .toLowerCase()
      .match(/[\p{L}\p{M}]+/gu) ?? [];
  return words.flatMap((word) => {
    const framed = `^${word}$`;
    const groups = [2, 3, 4].flatMap((size) =>
      Array.from({ length: Math.max(0, framed.length - size + 1) }, (_, at) =>
        framed.slice(at, at + size),
      ),
    );
    return [`word ${word}`, ...groups];
  });
}

function accuracy(task: AnnotatedTask): number {
  const rows = [...task.rows()];
  const counts = new Map<string, Map<string, number>>();
  const vocabulary = new Set<string>();
  for (const row of rows.filter(({ item }) => !isHeldOut(item))) {
    const ofAnswer = counts.get(row.fields.answer) ?? new Map<string, number>();
    counts.set(row.fields.answer, ofAnswer);
    for (const feature of features(row)) {
      vocabulary.add(feature);
      ofAnswer.set(feature, (ofAnswer.get(feature) ?? 0) + 1);
    }
  }
  const totals = new Map(
    [...counts].map(([answer, list]) => [
      answer,
      [...list.values()].reduce((sum, count) => sum + count, 0),
    ]),
  );
  // Answers are equally frequent in training, so the prior cancels.
  const score = (answer: string, row: AnnotatedRow): number =>
    features(row).reduce((sum, feature) => {
      const count = counts.get(answer)!.get(feature) ?? 0;
      return (
        sum + Math.log((count + smoothing) / (totals.get(answer)! + smoothing * vocabulary.size))
      );
    }, 0);
  const measured = rows.filter(({ item }) => isHeldOut(item));
  const right = measured.filter((row) => {
    const best = [...counts.keys()].reduce((left, other) =>
      score(other, row) > score(left, row) ? other : left,
    );
    return best === row.fields.answer;
  });
  return right.length / measured.length;
}

for (const task of tasks) {
  if (!task.choices || task.cluster === heldOutCluster) continue;
  process.stdout.write(
    `${task.name.padEnd(18)} ${accuracy(task).toFixed(3)}  chance ${(1 / task.choices.length).toFixed(3)}\n`,
  );
}

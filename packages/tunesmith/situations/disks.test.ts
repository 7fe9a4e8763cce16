import { beforeAll, describe, expect, test, type TestContext } from 'vitest';
import { oneLine, runTo } from './expectations.ts';
import { workplace, type Outcome, type Workplace } from './workplace.ts';

/** Enough for tests that run many commands, on a machine that does much else; in milliseconds. */
const patience = { timeout: 240_000 };

/** Why this machine can have no disk of a test's own; undefined where it can. */
let obstacle: string | undefined;

beforeAll(async () => {
  const { code, err } = await onDisk(await workplace(), 'size=1m', 'true');
  if (code !== 0) obstacle = `no disk can be mounted here: ${err.trim()}`;
});

/** Runs a shell line with a disk of its own mounted as the folder `disk`; `look` tells what is on it afterwards. */
function onDisk(place: Workplace, options: string, line: string): Promise<Outcome> {
  const mount = `mkdir -p disk && mount -t tmpfs -o ${options} tmpfs disk`;
  const inside = `${mount} || exit 99\nlook() { find disk -mindepth 1 | sort; }\n${line}`;
  return place.shell(`export -f T; unshare --map-root-user --mount bash -c '${inside}'`);
}

function needsDisk(context: TestContext): void {
  if (obstacle !== undefined) context.skip(obstacle);
}

/** Every command that writes, into the folder `disk`. */
const writers = [
  'train recipe.yaml output=disk/x',
  'merge o/run --out disk/x',
  'report o/run --out disk/x.html',
  'data convert mine.jsonl --to messages --out disk/x.jsonl',
  'init disk/x',
];

async function trained(): Promise<Workplace> {
  const place = await workplace();
  runTo(await place.run(['train', 'recipe.yaml']), 0);
  return place;
}

test('a read-only file system is named, before any work', patience, async (context) => {
  needsDisk(context);
  const place = await trained();
  for (const words of writers)
    oneLine(await onDisk(place, 'ro,size=1m', `T ${words}`), 2, /^error: .*read-only.*$/m);
});

describe('a full disk', () => {
  const fill = 'head -c 9000000 /dev/zero > disk/fill 2> /dev/null';

  test(
    'is a failure that is named, and nothing is left half written',
    patience,
    async (context) => {
      needsDisk(context);
      const place = await trained();
      for (const words of writers) {
        const line = `${fill}; T ${words}; code=$?; look; exit $code`;
        const outcome = await onDisk(place, 'size=1m', line);
        oneLine(outcome, 1, /^error: .*the disk is full \(ENOSPC\)/m);
        expect(outcome.out, words).toBe('disk/fill\n');
      }
    },
  );

  test(
    'in the middle of a run leaves whole checkpoints, and the run goes on with more room',
    patience,
    async (context) => {
      needsDisk(context);
      const place = await workplace();
      const train =
        'T train recipe.yaml output=disk/x training.steps=9 training.checkpoint_every=1';
      const outcome = await onDisk(
        place,
        'size=500k',
        `${train}; echo $?; look; mount -o remount,size=5m disk; ${train} --resume; exit $?`,
      );
      runTo(outcome, 0);
      const [code, ...files] = outcome.out.split('\n');
      expect(code, outcome.err).toBe('1');
      expect(outcome.err).toMatch(/^error: .*the disk is full \(ENOSPC\)/m);
      expect(outcome.err).toMatch(/^goes on from step [1-9]$/m);
      expect(files.filter((file) => /run\.lock|partial|\.tmp/.test(file))).toEqual([]);
    },
  );
});

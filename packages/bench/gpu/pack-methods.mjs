/**
 * Packs what a bare Linux machine with a graphics card needs to run `bench methods` there, built here: a Node binary, ONNX Runtime
 * with its WebGPU provider, the Vulkan loader, and the packages with the data of the collection. At most 60 MB; a larger model than
 * nano travels beside it.
 *
 *     node packages/bench/gpu/pack-methods.mjs [methods.tar.xz]
 *
 * There: unpack it and run `sh bench.sh methods --recipe methods-smollm2.yaml --model FILE --rates own --device webgpu`. Needs npm,
 * tar, xz, strip, and a Vulkan loader (Debian: libvulkan1) here.
 */
import { cpSync, existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pack, root } from './archive.mjs';

/** What no run of a method reads: other places for queues and tables, types, and what `archive.mjs` brings. */
const leftOut = /^(@duckdb\/|@types\/|@tensorflow\/tfjs-node|bullmq$|ioredis$|onnxruntime-)/;

await pack(process.argv[2] ?? 'methods.tar.xz', 60e6, async (folder) => {
  const bench = join(root, 'packages/bench');
  const modules = join(folder, 'node_modules');
  for (const [name, place] of packagesOf(bench, new Map([['@tunesmith/bench', bench]])))
    cpSync(place, join(modules, name), {
      recursive: true,
      filter: (path) => isRead(name, path.slice(place.length)),
    });
  for (const name of ['methods.yaml', 'methods-smollm2.yaml'])
    cpSync(join(bench, name), join(folder, name));
  cpSync(join(bench, 'gpu/bench.sh'), join(folder, 'bench.sh'));
});

/** The packages that one needs, and theirs, by name: one version of each. */
function packagesOf(place, found) {
  const { dependencies, optionalDependencies, peerDependencies } = JSON.parse(
    readFileSync(join(place, 'package.json'), 'utf8'),
  );
  for (const name of Object.keys({
    ...dependencies,
    ...optionalDependencies,
    ...peerDependencies,
  })) {
    const at = leftOut.test(name) || found.has(name) ? undefined : placeOf(name, place);
    if (at !== undefined) packagesOf(at, found.set(name, at));
  }
  return found;
}

/** Where Node finds a package from a folder; undefined for a peer that is not installed. */
function placeOf(name, from) {
  const place = join(from, 'node_modules', name);
  if (existsSync(join(place, 'package.json'))) return realpathSync(place);
  return dirname(from) === from ? undefined : placeOf(name, dirname(from));
}

/** Whether a file of a package, by its path in it, is read by a run. */
function isRead(name, path) {
  if (/^\/(node_modules|\.turbo|\.venv)\b|\.(map|d\.[cm]?ts|md)$/.test(path)) return false;
  if (name === 'emojibase-data') return !/^\/[^/]+\/(?!data\.json|groups\.json)[^/]+$/.test(path);
  return (
    !name.startsWith('@tunesmith/') ||
    !/^\/(src|golden|goldens|results|peers|gpu|pretraining)\b/.test(path)
  );
}

// The suite of files as a page declares it: for the adapters that only a browser has.
import { blobFiles, directoryFiles, type Files } from '@tunesmith/schema';
import { testFiles } from '../src/test-files.ts';

const folders = new WeakMap<Files, FileSystemDirectoryHandle>();

testFiles("the origin's own", {
  async open(content) {
    const root = await navigator.storage.getDirectory();
    const folder = await root.getDirectoryHandle(crypto.randomUUID(), { create: true });
    for (const [path, bytes] of Object.entries(content))
      await directoryFiles(folder).write(path, bytes);
    const files = directoryFiles(folder);
    folders.set(files, folder);
    return files;
  },
  replace: (files, path, bytes) => directoryFiles(folders.get(files)!).write(path, bytes),
  writable: true,
  listable: true,
});

testFiles('handed over', {
  async open(content) {
    const blobs = Object.entries(content).map(
      ([path, bytes]) => [path, new File([new Uint8Array(bytes)], path)] as const,
    );
    return blobFiles(Object.fromEntries(blobs));
  },
  writable: false,
  listable: true,
});

/** What is known of a file before it is read. */
export interface FileState {
  /** Bytes it holds. */
  readonly size: number;
  /** Equal as long as nobody wrote to the file or replaced it. */
  readonly version: string;
}

/** Appends bytes to the file that is being written. */
export type WriteBytes = (bytes: Uint8Array) => Promise<void>;

/** Bytes, text in UTF-8, or a function that writes piece by piece. */
export type FileContent = Uint8Array | string | ((write: WriteBytes) => Promise<void>);

/**
 * The files below one folder, wherever that is: on a disk, in memory, behind an address. Everything that loads or saves takes
 * this, and so runs wherever there is an adapter.
 *
 * Paths are relative to the folder, with `/` between their parts and neither `.` nor `..` among them; any other path is
 * refused (`invalid-path`). Errors name the whole path ({@link Files.locate}).
 */
export interface Files {
  /** Where a path leads, for people to read: a path on the disk, an address. Without a path: the folder itself. */
  locate(path?: string): string;
  /**
   * Size and state of a file; undefined where there is nothing of that name.
   *
   * @throws `file-not-read` where that cannot be found out, and where the name is known to be another thing's, such as a folder's
   */
  stat(path: string): Promise<FileState | undefined>;
  /**
   * Reads bytes from `position` on into `target`, until that is full or the file ends.
   *
   * @param state as {@link Files.stat} gave it: a file in another state is not read
   * @returns how many bytes were read
   * @throws `file-not-read`; `file-changed` where the file is no longer in that state
   */
  read(path: string, target: Uint8Array, position?: number, state?: FileState): Promise<number>;
  /** The bytes of a file from first to last, in pieces of any size. @throws `file-not-read` */
  stream(path: string): AsyncIterable<Uint8Array>;
  /**
   * Writes a file and the folders it lies in. Its name always holds a complete file: the old one until everything is written,
   * and after any failure, also one that `content` throws, which passes through.
   *
   * @throws `write-failed`; `read-only` where nothing can be written
   */
  write(path: string, content: FileContent): Promise<void>;
  /**
   * Names of the files in a folder, sorted; folders in it are left out, and one that does not exist holds none.
   *
   * @param folder below the root; the root itself by default
   * @throws `no-listing` where files cannot be listed
   */
  list(folder?: string): Promise<string[]>;
  /** Removes a file; one that does not exist is none to remove. @throws `write-failed`, `read-only` */
  remove(path: string): Promise<void>;
}

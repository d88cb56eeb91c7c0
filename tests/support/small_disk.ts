/** A disk of its own for a test, mounted at a folder. */
export interface SmallDisk extends AsyncDisposable {
  /** Takes writes no more, or takes them again. No file on it may be open for writing. */
  setWritable(isWritable: boolean): Promise<void>;
}

/** Mounts a disk of so many KiB at a new folder; null where this user may not. */
export async function smallDisk(path: string, sizeKib: number): Promise<SmallDisk | null> {
  await Deno.mkdir(path);
  const options = `size=${sizeKib}k`;
  if (!await isDone("mount", "-t", "tmpfs", "-o", options, "tmpfs", path)) return null;
  return {
    async setWritable(isWritable) {
      const mode = isWritable ? "rw" : "ro";
      if (!await isDone("mount", "-o", `remount,${mode}`, path)) {
        throw new Error(`The disk at ${path} cannot be made ${mode}.`);
      }
    },
    [Symbol.asyncDispose]: async () => void await isDone("umount", "--lazy", path),
  };
}

/** Lets one file, or one folder, take no writes until it is disposed of; null where this user may not. */
export async function readOnlyMount(path: string): Promise<AsyncDisposable | null> {
  if (!await isDone("mount", "--bind", path, path)) return null;
  await isDone("mount", "-o", "remount,bind,ro", path);
  return { [Symbol.asyncDispose]: async () => void await isDone("umount", "--lazy", path) };
}

async function isDone(command: string, ...args: string[]): Promise<boolean> {
  const running = new Deno.Command(command, { args, stdout: "null", stderr: "null" }).output();
  return (await running.catch(() => ({ success: false }))).success;
}

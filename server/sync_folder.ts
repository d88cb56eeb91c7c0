/** Makes names in a folder outlast a power cut, where the system can: Windows opens no folders. */
export function syncFolder(path: string): void {
  if (Deno.build.os === "windows") return;
  using folder = Deno.openSync(path);
  folder.syncSync();
}

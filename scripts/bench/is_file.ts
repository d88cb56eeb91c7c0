/**
 * True where a file is at a path.
 *
 * @throws where that cannot be told, such as in a folder that may not be read
 */
export function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    // The latter where something on the way is a file.
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return false;
    }
    throw error;
  }
}

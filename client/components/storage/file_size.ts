const UNITS = ["B", "KB", "MB", "GB", "TB"];

/** A number of bytes in words: `812 B`, `3.4 MB`, `120 GB`. */
export function fileSize(bytes: number): string {
  const power = Math.min(
    UNITS.length - 1,
    bytes < 1 ? 0 : Math.floor(Math.log(bytes) / Math.log(1024)),
  );
  const value = bytes / 1024 ** power;
  return `${value.toFixed(power === 0 || value >= 100 ? 0 : 1)} ${UNITS[power]}`;
}

import { join } from "node:path";
import { buildClientIfStale, ROOT } from "../build_client.ts";
import { FIRST_LOAD_MAX_BYTES, measureClient, type Size } from "../client_build/sizes.ts";
import { benchClientSpeed } from "./client_speed.ts";
import type { Measurement } from "./report.ts";

/** What the client weighs, and how fast it is in a browser; builds it where it is stale. */
export async function benchClient(): Promise<Measurement[]> {
  const outDir = join(ROOT, "dist/client");
  await buildClientIfStale({ root: ROOT, outDir, development: false });
  const sizes = await measureClient(outDir);
  return [
    ...describe("first-load JavaScript", sizes.firstScripts, FIRST_LOAD_MAX_BYTES),
    ...describe("later JavaScript", sizes.laterScripts),
    ...describe("styles", sizes.styles),
    ...describe("page", sizes.page),
    ...await benchClientSpeed(),
  ];
}

function describe(name: string, size: Size, maxBrotliBytes?: number): Measurement[] {
  return [
    {
      name: `${name}, brotli`,
      value: size.brotliBytes / 1024,
      unit: "KB",
      ...(maxBrotliBytes ? { aim: { atMost: maxBrotliBytes / 1024 } } : {}),
    },
    { name: `${name}, raw`, value: size.rawBytes / 1024, unit: "KB" },
  ];
}

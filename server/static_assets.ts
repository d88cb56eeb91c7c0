import { join } from "node:path";
import { chooseEncoding } from "./accept.ts";
import { etagOf, matchesEtag } from "./etag.ts";
import { clientSecurityHeaders } from "./security_headers.ts";

/** The web client, held in memory. Paths begin with a slash. */
export interface StaticAssets {
  /** The file of exactly this path; null where there is none. */
  file(path: string, request: Request): Response | null;
  /**
   * The page that every route of the app begins with; null where no client is built.
   *
   * @param extra HTML that its head ends with
   */
  page(request: Request, extra?: { head: string }): Response | null;
}

interface Variant {
  bytes: Uint8Array<ArrayBuffer>;
  etag: string;
}

interface Asset {
  headers: Record<string, string>;
  /** By content coding; `identity` is always there. */
  variants: Map<string, Variant>;
}

/** What a built client is far below; a folder above it is some other folder. */
const MAX_FILES = 5_000;
const MAX_TOTAL_BYTES = 64 * 1024 * 1024;

/** Small enough for many stalled readers, large enough for few steps. */
const CHUNK_BYTES = 16 * 1024;

/** Most wanted first. */
const CODINGS = new Map([["br", ".br"], ["gzip", ".gz"]]);

const CONTENT_TYPES: Record<string, string> = {
  css: "text/css; charset=utf-8",
  gif: "image/gif",
  html: "text/html; charset=utf-8",
  ico: "image/x-icon",
  jpg: "image/jpeg",
  js: "text/javascript; charset=utf-8",
  json: "application/json; charset=utf-8",
  map: "application/json; charset=utf-8",
  png: "image/png",
  svg: "image/svg+xml",
  txt: "text/plain; charset=utf-8",
  wasm: "application/wasm",
  webmanifest: "application/manifest+json; charset=utf-8",
  webp: "image/webp",
  woff2: "font/woff2",
};

/**
 * Loads a built client from a folder, with digests and the `.br` and `.gz` beside its files. Only what was listed at
 * the start is ever served, so no path can lead out of the folder.
 *
 * @param addresses the public name and the relay's URL, for the Content-Security-Policy
 * @throws Error where the folder cannot be read or is too large to be a client
 */
export async function loadStaticAssets(
  dir: string,
  addresses: { server: string; relayUrl: string },
): Promise<StaticAssets> {
  const securityHeaders = clientSecurityHeaders(addresses);
  const files = await readFiles(dir);
  const assets = new Map<string, Asset>();
  for (const [path, bytes] of files) {
    if (isVariant(path, files)) continue;
    assets.set(path, makeAsset(path, { bytes, files, securityHeaders }));
  }
  const serve = (path: string, request: Request): Response | null => {
    const asset = assets.get(path);
    return asset ? respond(asset, request) : null;
  };
  return {
    file: serve,
    page(request, extra) {
      const asset = assets.get("/index.html");
      return asset && extra
        ? respond(withHead(asset, extra.head), request)
        : serve("/index.html", request);
    },
  };
}

/** A page whose head ends with something more; it is small, and goes out as it is. */
function withHead({ headers, variants }: Asset, head: string): Asset {
  const html = new TextDecoder().decode(variants.get("identity")!.bytes);
  const bytes = new TextEncoder().encode(html.replace("</head>", () => `${head}\n</head>`));
  return { headers, variants: new Map([["identity", { bytes, etag: etagOf(bytes) }]]) };
}

/** What stands in where no client is built. */
export function noStaticAssets(): StaticAssets {
  return { file: () => null, page: () => null };
}

async function readFiles(dir: string): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  let totalBytes = 0;
  const folders = [""];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for await (const entry of Deno.readDir(join(dir, folder))) {
      const path = `${folder}/${entry.name}`;
      if (entry.name.startsWith(".")) continue;
      if (entry.isDirectory) folders.push(path);
      if (!entry.isFile) continue;
      const bytes = await Deno.readFile(join(dir, path));
      totalBytes += bytes.length;
      if (files.size >= MAX_FILES || totalBytes > MAX_TOTAL_BYTES) {
        throw new Error(`${dir} is too large to be a built client.`);
      }
      files.set(path, bytes);
    }
  }
  return files;
}

function isVariant(path: string, files: Map<string, unknown>): boolean {
  return [...CODINGS.values()].some((suffix) =>
    path.endsWith(suffix) && files.has(path.slice(0, -suffix.length))
  );
}

function makeAsset(
  path: string,
  { bytes, files, securityHeaders }: {
    bytes: Uint8Array<ArrayBuffer>;
    files: Map<string, Uint8Array<ArrayBuffer>>;
    securityHeaders: Record<string, string>;
  },
): Asset {
  const variants = new Map<string, Variant>([["identity", { bytes, etag: etagOf(bytes) }]]);
  for (const [coding, suffix] of CODINGS) {
    const encoded = files.get(path + suffix);
    if (encoded) variants.set(coding, { bytes: encoded, etag: etagOf(bytes, `-${coding}`) });
  }
  const extension = path.slice(path.lastIndexOf(".") + 1).toLowerCase();
  const isCode = extension === "html" || extension === "js" || extension === "svg";
  const headers = {
    "Content-Type": CONTENT_TYPES[extension] ?? "application/octet-stream",
    "Cache-Control": cacheControl(path, extension),
    "Vary": "Accept-Encoding",
    // Workers are bound by the policy that comes with their script.
    ...(isCode ? securityHeaders : {}),
  };
  return { headers, variants };
}

function cacheControl(path: string, extension: string): string {
  if (path.startsWith("/assets/")) return "public, max-age=31536000, immutable";
  // The page and the service worker decide which version of everything else is used.
  return extension === "html" || extension === "js" ? "no-cache" : "public, max-age=300";
}

function respond({ headers, variants }: Asset, request: Request): Response {
  const codings = [...CODINGS.keys()].filter((coding) => variants.has(coding));
  const coding = chooseEncoding(request.headers.get("Accept-Encoding"), codings);
  const { bytes, etag } = variants.get(coding)!;
  if (matchesEtag(request.headers.get("If-None-Match"), etag)) {
    return new Response(null, { status: 304, headers: { ...headers, ETag: etag } });
  }
  const response = new Response(request.method === "HEAD" ? null : streamOf(bytes), {
    headers: { ...headers, "Content-Length": String(bytes.length), "ETag": etag },
  });
  if (coding !== "identity") response.headers.set("Content-Encoding", coding);
  return response;
}

/**
 * Hands bytes out as they are read. A body of bytes would be copied for each request, and `Deno.serve` counts such a
 * request as completed before anybody has read it.
 */
function streamOf(bytes: Uint8Array<ArrayBuffer>): ReadableStream<Uint8Array<ArrayBuffer>> {
  let sent = 0;
  return new ReadableStream({
    pull(controller) {
      controller.enqueue(bytes.subarray(sent, sent += CHUNK_BYTES));
      if (sent >= bytes.length) controller.close();
    },
  }, { highWaterMark: 0 });
}

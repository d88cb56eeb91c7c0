import assert from "node:assert/strict";
import { join } from "node:path";
import { openGraphTags } from "../../server/profile_page.ts";
import { loadStaticAssets } from "../../server/static_assets.ts";
import { makeAccount, openTestHttp, RELAY_URL, SERVER } from "./support.ts";

const dir = await Deno.makeTempDir();
const INDEX = "<!doctype html><html><head><title>kez-chat</title></head><body></body></html>";
await Deno.writeTextFile(join(dir, "index.html"), INDEX);
const assets = await loadStaticAssets(dir, { server: SERVER, relayUrl: RELAY_URL });
await Deno.remove(dir, { recursive: true });

const content = (html: string, property: string) =>
  new RegExp(`<meta property="${property}" content="([^"]*)" />`).exec(html)?.[1];

for (const accept of ["text/html,application/xhtml+xml,*/*;q=0.8", "*/*", null]) {
  Deno.test(`a profile's page has Open Graph tags and no script for who accepts ${accept}`, async () => {
    await using http = await openTestHttp({ deps: { assets } });
    await http.register(makeAccount(), "alice");
    const headers: HeadersInit = accept === null ? {} : { Accept: accept };
    for (const path of ["/u/alice", "/u/ALICE"]) {
      const response = await http.fetch(path, { headers });
      assert.equal(response.status, 200);
      assert.equal(response.headers.get("Content-Type"), "text/html; charset=utf-8");
      assert.match(response.headers.get("Content-Security-Policy") ?? "", /script-src 'self'/);
      const html = await response.text();
      assert.equal(content(html, "og:title"), `alice on ${SERVER}`);
      assert.equal(content(html, "og:url"), `https://${SERVER}/u/alice`);
      assert.equal(content(html, "og:type"), "profile");
      assert.match(content(html, "og:image") ?? "", /^https:.*\.png$/);
      assert.doesNotMatch(html, /<script/);
      const etag = response.headers.get("ETag")!;
      const again = await http.fetch(path, { headers: { ...headers, "If-None-Match": etag } });
      assert.equal(again.status, 304);
    }
  });
}

Deno.test("of nobody, and of what is no handle, the page is as it is", async () => {
  await using http = await openTestHttp({ deps: { assets } });
  for (const path of ["/u/nobody", "/u/%3Cscript%3E", "/u/a"]) {
    const response = await http.fetch(path, { headers: { Accept: "text/html" } });
    assert.equal(response.status, 200);
    assert.equal(await response.text(), INDEX);
  }
});

Deno.test("who asks for data is told that there is none", async () => {
  await using http = await openTestHttp({ deps: { assets } });
  const response = await http.fetch("/u/alice", { headers: { Accept: "application/json" } });
  assert.equal(response.status, 404);
  await response.body?.cancel();
});

Deno.test("what the host calls itself cannot end a tag", () => {
  const tags = openGraphTags("alice", { server: SERVER, hostName: `"><script>&` });
  assert.match(tags, /content="&quot;&gt;&lt;script&gt;&amp;"/);
});

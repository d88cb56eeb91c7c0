import assert from "node:assert/strict";
import { startBrowser } from "../../support/browser.ts";
import { expectAccessible } from "../../support/screens.ts";
import { within } from "../../support/within.ts";

/** Serves one page, the same at every path but `/assets/`, under a strict policy. */
function servePage(body: string) {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    if (new URL(request.url).pathname.startsWith("/assets/")) {
      return new Response("gone", { status: 404 });
    }
    const html = `<!DOCTYPE html><html lang="en"><title>Test</title><main>${body}</main></html>`;
    return new Response(html, {
      headers: { "content-type": "text/html", "content-security-policy": "script-src 'self'" },
    });
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

async function visit(body: string, { allow }: { allow?: RegExp } = {}): Promise<void> {
  await using server = servePage(body);
  await using browser = await startBrowser();
  if (allow) browser.allow(allow);
  const page = await browser.newPage({ baseUrl: server.url });
  await page.goto("/");
  await page.waitForLoadState("networkidle");
}

Deno.test("a page without faults passes, and has the size, theme and motion asked for", async () => {
  await using server = servePage("<h1>Quiet</h1>");
  await using browser = await startBrowser();
  const page = await browser.newPage({ baseUrl: server.url, size: "phone", theme: "dark" });
  await page.goto("/any");
  const seen = await page.evaluate(() => [
    innerWidth,
    matchMedia("(prefers-color-scheme: dark)").matches,
    matchMedia("(prefers-reduced-motion: reduce)").matches,
  ]);
  assert.deepEqual(seen, [390, true, true]);
  await expectAccessible(page);
});

Deno.test("a script that the policy forbids fails the test", async () => {
  const body = "<script>alert(1)</script>";
  await assert.rejects(visit(body), /Content Security Policy/);
  await visit(body, { allow: /Content Security Policy/ });
});

Deno.test("an asset that is missing fails the test", async () => {
  await assert.rejects(visit(`<img alt="a" src="/assets/gone.png">`), /404: \/assets\/gone\.png/);
});

Deno.test("a field without a name is not accessible", async () => {
  await using server = servePage(`<h1>Form</h1><input type="text">`);
  await using browser = await startBrowser();
  const page = await browser.newPage({ baseUrl: server.url });
  await page.goto("/");
  await assert.rejects(expectAccessible(page), /label: Form elements must have labels/);
});

Deno.test("what never comes is told by name", async () => {
  const never = new Promise<void>(() => {});
  await assert.rejects(within(never, { maxMs: 1, what: "answer" }), /No answer within 1 ms/);
  assert.equal(await within(Promise.resolve(4), { what: "answer" }), 4);
});

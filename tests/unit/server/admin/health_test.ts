import assert from "node:assert/strict";
import { askHealth, healthUrl } from "../../../../server/admin/health.ts";

const BIND = { hostname: "127.0.0.1", port: 6969 };
const answering = (response: () => Response | Promise<Response>): typeof fetch => async () =>
  await response();

Deno.test("a server that listens everywhere is asked at the own address", () => {
  const cases: Array<[string, string]> = [
    ["0.0.0.0", "http://127.0.0.1:80/v1/healthz"],
    ["::", "http://[::1]:80/v1/healthz"],
    ["10.0.0.1", "http://10.0.0.1:80/v1/healthz"],
    ["localhost", "http://localhost:80/v1/healthz"],
  ];
  for (const [hostname, url] of cases) assert.equal(healthUrl({ hostname, port: 80 }), url);
});

Deno.test("each answer has one line and an exit code", async () => {
  const ok = { status: "ok", server: "kez.lat", version: "0.1.0" };
  const degraded = { status: "degraded", checks: { storage: "cannot be written" } };
  const cases: Array<[() => Response, number, RegExp]> = [
    [() => Response.json(ok), 0, /^ok: kez\.lat, version 0\.1\.0$/],
    [() => Response.json(degraded, { status: 503 }), 1, /answers 503: .*cannot be written/],
    [() => Response.json({ ...ok, version: "1\x1b]0;mine\x07\n" }), 0, /^ok: [ -~]+$/],
    [() => Response.json({ hello: 1 }), 1, /^not well: .* answers 200$/],
    [() => Response.json(null), 1, /^not well: /],
    [() => new Response("<html>"), 1, /something else than kez-chat/],
  ];
  for (const [response, exitCode, words] of cases) {
    const verdict = await askHealth(BIND, { fetch: answering(response) });
    assert.equal(verdict.exitCode, exitCode);
    assert.match(verdict.line, words);
    assert.doesNotMatch(verdict.line, /\n/);
  }
});

Deno.test("no answer, a late one, and a port that nobody can know are failures in words", async () => {
  const refused = answering(() => Promise.reject(new TypeError("connection refused")));
  assert.match((await askHealth(BIND, { fetch: refused })).line, /connection refused/);
  const late: typeof fetch = (_, init) =>
    new Promise((_, reject) => {
      init!.signal!.addEventListener("abort", () => reject(init!.signal!.reason));
    });
  const verdict = await askHealth(BIND, { fetch: late, timeoutMs: 5 });
  assert.deepEqual([verdict.exitCode, /it took too long/.test(verdict.line)], [1, true]);
  const unknown = await askHealth({ ...BIND, port: 0 }, { fetch: refused });
  assert.deepEqual([unknown.exitCode, /port 0/.test(unknown.line)], [1, true]);
});

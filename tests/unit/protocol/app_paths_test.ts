import assert from "node:assert/strict";
import { isAppPath } from "../../../protocol/app_paths.ts";

const BLOB = "0123456789abcdef".repeat(4);

Deno.test("every path is the app's but those of the API, the relay and blobs", () => {
  for (const path of ["/", "/chats", "/chats/alice@kez.lat", "/u/bo", "/listing", "/v1x", "/a.b"]) {
    assert.equal(isAppPath(path), true, path);
  }
  for (const first of ["v1", ".well-known", "internal", "assets", "list", "upload", "relay"]) {
    for (const path of [`/${first}`, `/${first}/`, `/${first}/x/y`]) {
      assert.equal(isAppPath(path), false, path);
    }
  }
  for (const path of [`/${BLOB}`, `/${BLOB}.png`]) assert.equal(isAppPath(path), false, path);
  for (const path of [`/${BLOB}0`, `/${BLOB.toUpperCase()}`, `/${BLOB}/x`, `/x/${BLOB}`]) {
    assert.equal(isAppPath(path), true, path);
  }
});

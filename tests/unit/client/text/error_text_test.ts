import assert from "node:assert/strict";
import { errorText } from "../../../../client/text/error_text.ts";
import { t } from "../../../../client/text/text.ts";
import { UserError } from "../../../../client/user_error.ts";

Deno.test("a failure is told by its code", () => {
  assert.equal(errorText(new UserError("wrong_passphrase")), t.error.wrong_passphrase);
  assert.equal(errorText(new UserError("handle_taken")), t.error.handle_taken);
});

Deno.test("a bad phrase is told with the word that is wrong", () => {
  const detail = "Word 7, 'abandn', is not in the list.";
  assert.equal(errorText(new UserError("bad_phrase", { detail })), detail);
});

Deno.test("a server that does not answer is named", () => {
  const error = new UserError("unknown_server", { detail: "harbour.example" });
  assert.match(errorText(error), /^harbour\.example does not answer/);
});

Deno.test("the wait after too many tries is told in seconds, then in minutes", () => {
  const told = (detail: string) => errorText(new UserError("rate_limited", { detail }));
  assert.match(told("12"), /in 12 seconds/);
  assert.match(told("0.4"), /in a second/);
  assert.match(told("3500"), /in 59 minutes/);
  assert.equal(told("soon"), t.error.rate_limited);
});

Deno.test("a detail that the text has no place for changes nothing", () => {
  const error = new UserError("wrong_passphrase", { detail: "internal" });
  assert.equal(errorText(error), t.error.wrong_passphrase);
});

Deno.test("what nobody foresaw is not shown as it is", () => {
  for (const thrown of [new TypeError("x is undefined"), "text", null]) {
    assert.equal(errorText(thrown), t.error.unexpected);
  }
});

Deno.test("a wrong passphrase that brings a wait says how long it is", () => {
  const error = new UserError("wrong_passphrase", { detail: "5" });
  assert.match(errorText(error), /not the passphrase\. You can try again in 5 seconds/);
  const later = new UserError("wrong_passphrase", { detail: "300" });
  assert.match(errorText(later), /in 5 minutes/);
});

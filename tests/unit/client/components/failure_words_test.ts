import assert from "node:assert/strict";
import { failureWords } from "../../../../client/components/message/failure_words.ts";

Deno.test("why a message is not sent is told in plain words where it is known, else in the relay's own", () => {
  const cases: [string | null, RegExp][] = [
    [
      "blocked: this reader is not registered here",
      /^Not sent: .* nothing for Bo\. They may have left/,
    ],
    ["restricted: what this key stored fills its share", /^Not sent: .* nothing for Bo/],
    ["rate-limited: the mailbox of this reader is full", /^Not sent yet: .* Try again later/],
    ["the moon is full", /^Not sent: the moon is full$/],
    [null, /^Not sent$/],
  ];
  for (const [failure, words] of cases) {
    assert.match(failureWords({ failure }, "Bo"), words, String(failure));
  }
});

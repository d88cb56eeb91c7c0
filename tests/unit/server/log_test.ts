import assert from "node:assert/strict";
import {
  createLog,
  errorText,
  LOG_LEVELS,
  type LogOptions,
  pseudonym,
} from "../../../server/log.ts";

const NOW_MS = Date.UTC(2026, 4, 25, 3, 0, 0, 7);

function openLog(options: Partial<LogOptions> = {}) {
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  const log = createLog({ level: "info", format: "json", write, nowMs: () => NOW_MS, ...options });
  return { log, lines };
}

Deno.test("a JSON line holds the time, the level, the event and its fields", () => {
  const { log, lines } = openLog();
  log.warn("disk is full", { freeBytes: 0, path: "/data", isFatal: false, cause: null });
  assert.deepEqual(lines, [
    '{"time":"2026-05-25T03:00:00.007Z","level":"warn","event":"disk is full",' +
    '"freeBytes":0,"path":"/data","isFatal":false,"cause":null}\n',
  ]);
});

Deno.test("no field replaces the head of a JSON line", () => {
  const { log, lines } = openLog();
  log.error("real", { event: "forged", level: "debug", time: "never" });
  const { time, level, event } = JSON.parse(lines[0]!);
  assert.deepEqual([time, level, event], ["2026-05-25T03:00:00.007Z", "error", "real"]);
});

Deno.test("a text line quotes what holds spaces", () => {
  const { log, lines } = openLog({ format: "text" });
  log.info("listening", { port: 6969, url: "http://x/", hint: 'say "hi"', empty: "" });
  assert.deepEqual(lines, [
    '2026-05-25T03:00:00.007Z info  listening port=6969 url=http://x/ hint="say \\"hi\\"" empty=""\n',
  ]);
});

Deno.test("only lines of the level or above are written", () => {
  for (const [i, level] of LOG_LEVELS.entries()) {
    const { log, lines } = openLog({ level });
    for (const each of LOG_LEVELS) log[each](each);
    assert.deepEqual(lines.map((line) => JSON.parse(line).level), LOG_LEVELS.slice(i));
  }
});

Deno.test("no value breaks a line, turns a terminal's text, or floods the log", () => {
  for (const format of ["text", "json"] as const) {
    const { log, lines } = openLog({ format });
    log.info("a\nb", { text: "1\n2\r3\u001b[31m4\u20285\u202e6\u0085", long: "x".repeat(100_000) });
    assert.equal(lines.length, 1);
    assert.equal(lines[0]!.indexOf("\n"), lines[0]!.length - 1);
    assert.doesNotMatch(lines[0]!.slice(0, -1), /[\p{Cc}\u2028\u202e]/u);
    assert.ok(lines[0]!.length < 1_300);
  }
});

Deno.test("a pseudonym is short, stays the same, and is another one in every process", async () => {
  assert.match(pseudonym("alice"), /^[0-9a-f]{8}$/);
  assert.equal(pseudonym("alice"), pseudonym("alice"));
  assert.notEqual(pseudonym("alice"), pseudonym("bob"));
  const url = new URL("../../../server/log.ts", import.meta.url).href;
  const code = `console.log((await import(${JSON.stringify(url)})).pseudonym("alice"))`;
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["eval", code] }).output();
  const other = new TextDecoder().decode(stdout).trim();
  assert.match(other, /^[0-9a-f]{8}$/);
  assert.notEqual(other, pseudonym("alice"));
});

Deno.test("whatever is thrown has a text", () => {
  assert.equal(errorText(new TypeError("no")), "TypeError: no");
  assert.equal(errorText("no"), "no");
  assert.equal(errorText(undefined), "undefined");
});

import assert from "node:assert/strict";
import { parseCommandLine } from "../../../../server/admin/command_line.ts";
import { type Command, COMMANDS } from "../../../../server/admin/commands.ts";
import { helpText } from "../../../../server/admin/help.ts";
import { OPTION_NAMES } from "../../../../server/config_options.ts";

const parse = (line: string) => parseCommandLine(line === "" ? [] : line.split(" "));

Deno.test("commands and flags are read in any order", () => {
  const cases: Array<[string, string, string | null, Record<string, string>]> = [
    ["", "serve", null, {}],
    ["serve", "serve", null, {}],
    ["--bind :80", "serve", null, { bind: ":80" }],
    ["--bind=:80 config", "config", null, { bind: ":80" }],
    ["health --bind :80", "health", null, { bind: ":80" }],
    ["--bind :80 serve --data /x", "serve", null, { bind: ":80", data: "/x" }],
    ["--bind :80 --bind :81", "serve", null, { bind: ":81" }],
    ["--host-name=-x-", "serve", null, { "host-name": "-x-" }],
    ["--host-name=", "serve", null, { "host-name": "" }],
    ["version", "version", null, {}],
    ["--version", "version", null, {}],
    ["-V", "version", null, {}],
    ["help", "help", null, {}],
    ["--help", "help", null, {}],
    ["-h", "help", null, {}],
    ["help health", "help", "health", {}],
    ["help invite create", "help", "invite", {}],
    ["health --help", "help", "health", {}],
    ["backup x --help", "help", "backup", {}],
    ["frobnicate x --help", "help", null, {}],
  ];
  for (const [line, command, helpTopic, flags] of cases) {
    const { words: _words, ...parsed } = parse(line);
    assert.deepEqual(parsed.faults, [], line);
    assert.deepEqual(
      { ...parsed, flags: Object.fromEntries(parsed.flags) },
      { command, helpTopic, flags, commandFlags: new Map(), faults: [] },
      line,
    );
  }
});

Deno.test("what is not there is named with what is nearest, all of it at once", () => {
  const cases: Array<[string, string[]]> = [
    ["serv", ["serv: there is no such command; did you mean serve?"]],
    ["helth", ["helth: there is no such command; did you mean health?"]],
    ["frobnicate", ["frobnicate: there is no such command; kez-chat help lists them"]],
    ["help serv", ["serv: there is no such command; did you mean serve?"]],
    ["serve now", ["now: serve takes no such argument"]],
    ["--bnd :80", ["--bnd: there is no such setting; did you mean --bind?"]],
    ["--bnd=:80", ["--bnd: there is no such setting; did you mean --bind?"]],
    ["--bnd config", ["--bnd: there is no such setting; did you mean --bind?"]],
    ["--vapid-subjct x", [
      "--vapid-subjct: there is no such setting; did you mean --vapid-subject?",
    ]],
    ["-b", ["-b: there is no such setting; flags begin with --"]],
    ["--bind", ["--bind: needs a value behind it"]],
    ["--bind --data x", ["--bind: needs a value behind it"]],
    ["--host-name -x-", [
      "--host-name: needs a value behind it",
      "-x: there is no such setting; flags begin with --",
    ]],
    ["--constructor x", ["--constructor: there is no such setting"]],
    ["--hlep", ["--hlep: there is no such flag; did you mean --help?"]],
    ["--verison", ["--verison: there is no such flag; did you mean --version?"]],
    ["--no-bind", ["--no-bind: there is no such setting"]],
    ["--bnd x --daat y confg", [
      "--bnd: there is no such setting; did you mean --bind?",
      "--daat: there is no such setting; did you mean --data?",
      "confg: there is no such command; did you mean config?",
    ]],
  ];
  for (const [line, faults] of cases) {
    assert.deepEqual(
      parse(line).faults.map(({ where, message }) => `${where}: ${message}`),
      faults,
      line,
    );
  }
});

Deno.test("words behind a command are taken where it may be written so; else it is said how", () => {
  for (
    const [line, words] of [["completions bash", ["bash"]], ["--data x completions fish", [
      "fish",
    ]]] as const
  ) {
    const parsed = parse(line);
    assert.deepEqual([parsed.command, parsed.words, parsed.faults], ["completions", words, []]);
  }
  const cases: Array<[string, string[]]> = [
    ["completions", ["completions: needs bash, zsh or fish behind it"]],
    ["completions bsh", ["bsh: completions has no such word; did you mean bash?"]],
    ["completions tcshell", ["tcshell: completions has no such word; it has bash, zsh or fish"]],
    ["completions bash x", ["x: completions bash takes no such argument"]],
  ];
  for (const [line, faults] of cases) {
    const found = parse(line).faults.map(({ where, message }) => `${where}: ${message}`);
    assert.deepEqual(found, faults, line);
  }
  assert.match(
    helpText("completions"),
    /^Usage: kez-chat completions bash\n {7}kez-chat completions zsh\n/,
  );
});

Deno.test("a flag of one command is taken with it and refused with others", () => {
  for (const line of ["export --data x --after y", "--after=y export --data x"]) {
    const { command, flags, commandFlags, faults } = parse(line);
    assert.deepEqual([command, faults], ["export", []]);
    assert.deepEqual([[...flags], [...commandFlags]], [[["data", "x"]], [["after", "y"]]]);
  }
  const cases: Array<[string, string[]]> = [
    ["--after x", ["--after: serve has no such flag; export has"]],
    ["import --after x", ["--after: import has no such flag; export has"]],
    ["exprt --after x", ["exprt: there is no such command; did you mean export?"]],
    ["export --after", ["--after: needs a value behind it"]],
    ["export --aftr x", ["--aftr: there is no such flag; did you mean --after, of export?"]],
    ["export x", ["x: export takes no such argument"]],
  ];
  for (const [line, faults] of cases) {
    const found = parse(line).faults.map(({ where, message }) => `${where}: ${message}`);
    assert.deepEqual(found, faults, line);
  }
  assert.match(
    helpText("export"),
    /^Usage: kez-chat export \[--after ID\].*\n[^]*\n {2}--after ID\n/,
  );
  assert.doesNotMatch(helpText("import"), /--after/);
  assert.match(
    helpText("backup"),
    /^Usage: kez-chat backup FILE \[--keep N\] .*\n {7}kez-chat backup --verify FILE /,
  );
});

Deno.test("the help names every command and every setting of this version", () => {
  const text = helpText(null);
  for (const command of Object.keys(COMMANDS)) {
    assert.match(text, new RegExp(`^  ${command} `, "m"));
  }
  for (const name of OPTION_NAMES) assert.match(text, new RegExp(`^  --${name} `, "m"));
  assert.match(helpText("health"), /^Usage: kez-chat health/);
  assert.match(helpText("serve"), /^ {2}--quota /m);
  assert.doesNotMatch(helpText("health"), /--quota/);
  assert.match(helpText("health"), /file of --config; kez-chat help lists them\.\n$/);
  assert.doesNotMatch(helpText("version"), /--bind/);
  // Ways to write a command stand whole, for whoever copies them.
  const lines = [null, ...Object.keys(COMMANDS) as Command[]].flatMap((topic) =>
    helpText(topic).split("\n").filter((line) => !/^(Usage:| {6}) kez-chat /.test(line))
  );
  assert.deepEqual(lines.filter((line) => line.length > 80), []);
});

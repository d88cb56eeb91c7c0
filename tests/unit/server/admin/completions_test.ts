import assert from "node:assert/strict";
import { ROOT } from "../../../../scripts/build_client.ts";
import { COMMANDS } from "../../../../server/admin/commands.ts";
import { completionScript, type Shell } from "../../../../server/admin/completion_scripts.ts";
import { OPTION_NAMES } from "../../../../server/config_options.ts";

/** How each shell is asked what it offers behind a line: words, the last of which is being typed. */
const ASK: Record<Shell, string> = {
  bash: `eval "$SCRIPT"
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); compopt() { :; }
    _kez_chat; printf '%s\\n' "\${COMPREPLY[@]}"`,
  // Its own parts need a terminal: stand-ins print what they are given.
  zsh: `compdef() { :; }; eval "$SCRIPT"
    compadd() { print -l -- "$@" }
    _files() { print -l -- *(N) }
    _describe() { local name=$argv[-1]; print -l -- \${(P)name%%:*} }
    words=("$@"); CURRENT=$#; _kez_chat`,
  fish: `eval "$SCRIPT"; complete -C "$argv" | string replace -r '\\t.*' ''`,
};

function isInstalled(shell: Shell): boolean {
  try {
    return new Deno.Command(shell, { args: ["-c", "true"] }).outputSync().success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** What the shell offers for the last word of a line. */
function offers(shell: Shell, line: string): string[] {
  const words = line.split(" ");
  const args = ["-c", ASK[shell], ...(shell === "fish" ? [line] : ["shell", ...words])];
  const env = { SCRIPT: completionScript(shell) };
  const { stdout, stderr } = new Deno.Command(shell, { args, env, cwd: ROOT }).outputSync();
  assert.equal(new TextDecoder().decode(stderr), "");
  const typed = words.at(-1)!;
  return new TextDecoder().decode(stdout).split("\n").filter((word) =>
    word !== "" && word.startsWith(typed)
  );
}

for (const shell of ["bash", "zsh", "fish"] as const) {
  Deno.test({
    name: `${shell} completes commands, their words, settings and values`,
    ignore: !isInstalled(shell),
    fn() {
      const commands = Object.keys(COMMANDS).toSorted();
      const settings = OPTION_NAMES.map((name) => `--${name}`).toSorted();
      assert.deepEqual(offers(shell, "kez-chat ").toSorted(), commands);
      assert.deepEqual(offers(shell, "kez-chat hea"), ["health"]);
      assert.deepEqual(offers(shell, "kez-chat --data x hea"), ["health"]);
      assert.deepEqual(offers(shell, "kez-chat completions ").toSorted(), ["bash", "fish", "zsh"]);
      assert.deepEqual(offers(shell, "kez-chat --log-format ").toSorted(), ["json", "text"]);
      assert.deepEqual(offers(shell, "kez-chat --log-format te"), ["text"]);
      assert.deepEqual(offers(shell, "kez-chat serve --").toSorted(), settings);
      assert.ok(offers(shell, "kez-chat export --").includes("--after"));
      assert.ok(!offers(shell, "kez-chat import --").includes("--after"));
      assert.deepEqual(offers(shell, "kez-chat completions --"), []);
      assert.deepEqual(offers(shell, "kez-chat serve "), []);
      assert.deepEqual(offers(shell, "kez-chat restore READ"), ["README.md"]);
      assert.deepEqual(offers(shell, "kez-chat --data x backup READ"), ["README.md"]);
      // As bash hands over `--log-format=te`; the other two leave it whole.
      if (shell === "bash") assert.deepEqual(offers(shell, "kez-chat --log-format = te"), ["text"]);
    },
  });
}

import assert from "node:assert/strict";
import { join, relative } from "node:path";
import { ROOT } from "../../scripts/build_client.ts";
import { listFiles } from "../../scripts/client_build/files.ts";
import { temporaryFolder } from "../support/command.ts";

const ANSWERS = ["--server", "chat.example.org", "--relays", "none"];

/** A machine that is a folder, with an executable to install. */
async function machine() {
  const folder = await temporaryFolder();
  const executable = join(folder.path, "built");
  const root = join(folder.path, "machine");
  await Deno.writeTextFile(executable, "#!/bin/sh\n");
  await Deno.mkdir(root);
  return {
    root,
    executable,
    async install(args: string[]) {
      const command = new Deno.Command("bash", {
        args: [join(ROOT, "scripts/install.sh"), "--executable", executable, ...args],
        env: { DESTDIR: root },
        stdin: "null",
      });
      const { code, stdout, stderr } = await command.output();
      const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
      return { code, said: text(stdout), complained: text(stderr) };
    },
    /** Every file, with its content. */
    async files(): Promise<Record<string, string>> {
      const paths = await listFiles(root);
      const texts = await Promise.all(paths.map((path) => Deno.readTextFile(path)));
      return Object.fromEntries(paths.map((path, i) => [relative(root, path), texts[i]!]));
    },
    modeOf: (path: string) => Deno.statSync(join(root, path)).mode! & 0o777,
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

Deno.test("a machine gets the executable, settings, units and closed folders", async () => {
  await using on = await machine();
  const { code, said } = await on.install(ANSWERS);
  assert.equal(code, 0);
  const files = await on.files();
  assert.deepEqual(JSON.parse(files["etc/kez-chat/kez-chat.json"]!), {
    server: "chat.example.org",
    bind: "127.0.0.1:6969",
    data: "/var/lib/kez-chat",
    relays: "none",
  });
  for (const unit of ["kez-chat.service", "kez-chat-backup.service", "kez-chat-backup.timer"]) {
    assert.ok(files[`etc/systemd/system/${unit}`], unit);
  }
  assert.equal(on.modeOf("usr/local/bin/kez-chat"), 0o755);
  assert.equal(on.modeOf("var/lib/kez-chat"), 0o700);
  assert.equal(on.modeOf("var/backups/kez-chat"), 0o700);
  assert.match(said, /would run: useradd --system/);
  assert.match(said, /would run: systemctl restart kez-chat\.service/);
  assert.match(said, /No proxy was set up/);
});

Deno.test("installing again changes nothing and restarts nothing; a new executable is taken", async () => {
  await using on = await machine();
  await on.install(ANSWERS);
  const before = await on.files();
  const again = await on.install([]);
  assert.equal(again.code, 0);
  assert.doesNotMatch(again.said, /^wrote|^made|would run: systemctl restart/m);
  assert.deepEqual(await on.files(), before);

  await Deno.writeTextFile(on.executable, "#!/bin/sh\n# newer\n");
  const newer = await on.install([]);
  assert.match(newer.said, /restart kez-chat\.service/);
  assert.match((await on.files())["usr/local/bin/kez-chat"]!, /newer/);
});

Deno.test("settings that are there are kept, and other answers are refused instead of dropped", async () => {
  await using on = await machine();
  await on.install(ANSWERS);
  const renamed = await on.install(["--server", "other.example"]);
  assert.equal(renamed.code, 1);
  assert.match(renamed.complained, /is for chat\.example\.org, not for other\.example/);
  for (const relays of ["default", "wss://r.example"]) {
    const { code, complained } = await on.install(["--relays", relays]);
    assert.equal(code, 1);
    assert.match(complained, /change "relays" in it/);
  }
});

Deno.test("the very same answers again are taken", async () => {
  for (const relays of ["none", "default", "wss://r.example,wss://s.example"]) {
    await using on = await machine();
    const answers = ["--server", "Chat.Example.org", "--relays", relays];
    await on.install(answers);
    const { code, said } = await on.install(answers);
    assert.equal(code, 0, relays);
    assert.match(said, /is installed for chat\.example\.org/);
  }
});

Deno.test("what is wrong or missing is told before anything is written", async () => {
  await using on = await machine();
  for (
    const [args, reason] of [
      [[], /--server NAME is missing/],
      [["--server", "chat.example.org"], /--relays is missing/],
      [["--server", "localhost", "--relays", "none"], /is not a host name/],
      [["--server", "a.b/;rm", "--relays", "none"], /is not a host name/],
      [["--server", "a.example", "--relays", "ws://plain.example"], /wss:/],
      [["--srver", "a.example"], /no such flag: --srver/],
      [["--server"], /needs a value/],
      [[...ANSWERS, "--proxy", "apache"], /none of caddy, nginx, none/],
      [[...ANSWERS, "--purge"], /--purge goes with --uninstall/],
    ] as const
  ) {
    const { code, complained } = await on.install([...args]);
    assert.equal(code, 1, args.join(" "));
    assert.match(complained, reason);
  }
  assert.deepEqual(await on.files(), {});
});

Deno.test("the five public relays are what the program has by itself; others are named", async () => {
  await using on = await machine();
  await on.install(["--server", "a.example", "--relays", "default"]);
  assert.equal(JSON.parse((await on.files())["etc/kez-chat/kez-chat.json"]!).relays, undefined);
  await using other = await machine();
  await other.install([
    "--server",
    "a.example",
    "--relays",
    "wss://r.example,wss://s.example:7777/x",
  ]);
  const { relays } = JSON.parse((await other.files())["etc/kez-chat/kez-chat.json"]!);
  assert.equal(relays, "wss://r.example,wss://s.example:7777/x");
});

Deno.test("Caddy gets one route beside those that it has", async () => {
  await using on = await machine();
  await Deno.mkdir(`${on.root}/etc/caddy`, { recursive: true });
  await Deno.writeTextFile(`${on.root}/etc/caddy/Caddyfile`, "www.example.org {\n}\n");
  await on.install(ANSWERS);
  await on.install([]);
  const files = await on.files();
  assert.equal(files["etc/caddy/Caddyfile"], "www.example.org {\n}\n\nimport kez-chat.caddy\n");
  assert.match(files["etc/caddy/kez-chat.caddy"]!, /^chat\.example\.org \{$/m);
  await on.install(["--uninstall"]);
  assert.equal((await on.files())["etc/caddy/Caddyfile"], "www.example.org {\n}\n");
});

Deno.test("nginx gets its route when there is a certificate", async () => {
  await using on = await machine();
  await Deno.mkdir(`${on.root}/etc/nginx`, { recursive: true });
  const without = await on.install(ANSWERS);
  assert.match(without.said, /certbot certonly --webroot .* -d chat\.example\.org/);
  assert.equal((await on.files())["etc/nginx/conf.d/kez-chat.conf"], undefined);
  const certificates = `${on.root}/etc/letsencrypt/live/chat.example.org`;
  await Deno.mkdir(certificates, { recursive: true });
  await Deno.writeTextFile(`${certificates}/fullchain.pem`, "");
  const { said } = await on.install([]);
  assert.match(said, /would run: nginx -t/);
  assert.match(
    (await on.files())["etc/nginx/conf.d/kez-chat.conf"]!,
    /server_name chat\.example\.org;/,
  );
});

Deno.test("uninstalling leaves settings, data and backups; purging leaves nothing", async () => {
  await using on = await machine();
  await on.install(ANSWERS);
  await Deno.writeTextFile(`${on.root}/var/lib/kez-chat/relay.db`, "x");
  assert.equal((await on.install(["--uninstall"])).code, 0);
  const kept = Object.keys(await on.files());
  assert.deepEqual(kept, ["etc/kez-chat/kez-chat.json", "var/lib/kez-chat/relay.db"]);
  assert.equal((await on.install(["--uninstall", "--purge"])).code, 0);
  assert.deepEqual(await on.files(), {});
});

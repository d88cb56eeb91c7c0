/** Clients, a real nats-server with the nats.conf that comes with kez-chat, and the real server that lets them in. */
import assert from "node:assert/strict";
import { join } from "node:path";
import {
  type ConnectionOptions,
  type NatsConnection,
  wsconnect,
} from "@nats-io/nats-core/internal";
import { encodeBase64url, utf8ToBytes } from "../../protocol/bytes.ts";
import { connectNats } from "../../server/nats/connect.ts";
import { createNkeySigner, type NkeySigner } from "../../server/nats/nkeys.ts";
import { type IssuerKeys, makeIssuerSeed, readIssuerKeys } from "../../server/nats/secret_files.ts";
import { type Account, makeAccount, registrationOf } from "../http/support.ts";
import {
  findNatsServer,
  LOCALHOST_CERT,
  type NatsServer,
  startNatsServer,
} from "../support/nats_server.ts";
import { type KezChat, startKezChat } from "../support/server.ts";
import { within } from "../support/within.ts";

const MAX_MS = 30_000;
const ignore = findNatsServer() === null;
if (ignore) console.log("skipped, for there is no nats-server: the tests of NATS with a real one");

const TRANSPORTS = ["TCP", "WebSocket"] as const;
type Kind = typeof TRANSPORTS[number];

/** How a client shows who it is. */
interface Credentials {
  nkey: string;
  sign(nonce: Uint8Array): Uint8Array | null;
}

interface Stack extends AsyncDisposable {
  nats: NatsServer;
  kez: KezChat;
  keys: IssuerKeys;
  alice: Account;
  bob: Account;
}

const SECRET = "0123456789abcdef0123456789abcdef";

/** A nats-server and a server with alice and bob, which answers it itself unless it is told over HTTP alone. */
async function startStack({ isOverHttp = false, hasTls = false } = {}): Promise<Stack> {
  await using stack = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "nats-keys-" });
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  const seedFile = join(folder, "nats.seed");
  const secretFile = join(folder, "secret");
  await Deno.writeTextFile(
    seedFile,
    makeIssuerSeed(crypto.getRandomValues(new Uint8Array(32))),
  );
  await Deno.writeTextFile(secretFile, SECRET);
  const keys = await readIssuerKeys(seedFile, Deno.readTextFileSync);
  const nats = stack.use(await startNatsServer(keys, { hasTls }));
  const url = hasTls ? nats.url.replace("nats:", "tls:") : nats.url;
  const how = isOverHttp ? ["--nats-callout-secret-file", secretFile] : ["--nats-url", url];
  const issuer = ["--nats-issuer-seed-file", seedFile, "--nats-account", "KEZ"];
  const env: Record<string, string> = hasTls ? { DENO_CERT: LOCALHOST_CERT } : {};
  const kez = stack.use(await startKezChat({ flags: [...how, ...issuer], env }));
  const [alice, bob] = [makeAccount(), makeAccount()];
  await register(kez, alice, "alice");
  await register(kez, bob, "bob");
  if (!isOverHttp) await until(() => kez.logs.includes("nats.connected"));
  const owned = stack.move();
  return { nats, kez, keys, alice, bob, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

async function register({ url, server }: KezChat, account: Account, handle: string) {
  const document = registrationOf(account, { handle, server, createdAtMs: Date.now() });
  const body = JSON.stringify(document);
  const response = await fetch(`${url}/v1/register`, { method: "POST", body });
  assert.equal(response.status, 201, await response.text());
}

/** Asks again and again, for neither server tells when a client could come. */
async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const overAtMs = Date.now() + MAX_MS;
  while (!(await isSo())) {
    assert.ok(Date.now() < overAtMs, "it took too long");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const signerOf = ({ identitySecret }: Account) => createNkeySigner("user", identitySecret);
const hexOf = ({ primary }: Account) => primary.slice("ed25519:".length);

function credentialsOf(account: Account): Credentials {
  const { publicKey: nkey, sign } = signerOf(account);
  return { nkey, sign };
}

function connect(
  { nats, kind, as }: { nats: NatsServer; kind: Kind; as: Credentials },
): Promise<NatsConnection> {
  const options: ConnectionOptions = { reconnect: false, timeout: MAX_MS };
  if (kind === "TCP") {
    const login: NkeySigner = {
      publicKey: as.nkey,
      sign: (nonce) => as.sign(nonce) ?? new Uint8Array(),
    };
    return connectNats(nats.url, { ...options, login });
  }
  return wsconnect({
    ...options,
    servers: nats.webSocketUrl,
    authenticator: (nonce = "") => {
      const signature = as.sign(utf8ToBytes(nonce));
      return { nkey: as.nkey, sig: signature ? encodeBase64url(signature) : "" };
    },
  });
}

/** The subject that a connection was not allowed to use. */
async function refusedSubject(connection: NatsConnection): Promise<string> {
  for await (const status of connection.status()) {
    if (status.type !== "error") continue;
    assert.match(String(status.error), /permissions violation/i);
    return String(status.error).match(/to "([^"]*)"/i)![1]!;
  }
  throw new Error("the connection ended");
}

for (const kind of TRANSPORTS) {
  Deno.test({
    name:
      `over ${kind}, a handle's key reads the own inbox and writes to others', and nothing else`,
    ignore,
    async fn() {
      await using stack = await startStack();
      const { nats, alice, bob } = stack;
      const reader = await connect({ nats, kind, as: credentialsOf(alice) });
      const writer = await connect({ nats, kind, as: credentialsOf(bob) });

      const inbox = `kez.inbox.${hexOf(alice)}`;
      const mail = reader.subscribe(`${inbox}.>`, { max: 1 });
      await reader.flush();
      writer.publish(`${inbox}.hello`, "over NATS");
      const { value } = await within(mail[Symbol.asyncIterator]().next(), {
        maxMs: MAX_MS,
        what: "message over NATS",
      });
      assert.deepEqual([value.subject, value.string()], [`${inbox}.hello`, "over NATS"]);

      const others = `kez.inbox.${hexOf(bob)}`;
      const everything = [`${others}.>`, "kez.inbox.*.>", "kez.>", ">", "_INBOX.>", "$SYS.>"];
      for (const subject of [...everything, inbox]) {
        const refused = refusedSubject(reader);
        const subscription = reader.subscribe(subject, { callback: () => undefined });
        assert.equal(await within(refused, { maxMs: MAX_MS, what: "refusal" }), subject);
        subscription.unsubscribe();
      }
      for (const subject of [others, "kez.other", "$JS.API.INFO", "$SYS.REQ.USER.AUTH", "x"]) {
        const refused = refusedSubject(writer);
        writer.publish(subject, "x");
        assert.equal(await within(refused, { maxMs: MAX_MS, what: "refusal" }), subject);
      }
      await Promise.all([reader.close(), writer.close()]);
    },
  });

  Deno.test({
    name: `over ${kind}, who does not prove to hold the key of a handle is not let in`,
    ignore,
    async fn() {
      await using stack = await startStack();
      const { nats, alice } = stack;
      const mallory = signerOf(makeAccount());
      const aliceNkey = signerOf(alice).publicKey;
      const strangers: Array<[string, Credentials]> = [
        ["no handle", { nkey: mallory.publicKey, sign: mallory.sign }],
        ["somebody else's nkey, own signature", { nkey: aliceNkey, sign: mallory.sign }],
        ["somebody else's nkey, no signature", { nkey: aliceNkey, sign: () => null }],
        ["a signature over something else", {
          nkey: aliceNkey,
          sign: () => signerOf(alice).sign(utf8ToBytes("another nonce")),
        }],
        ["no nkey", { nkey: "", sign: () => null }],
      ];
      for (const [name, as] of strangers) {
        await assert.rejects(connect({ nats, kind, as }), /authorization violation/i, name);
      }
      const good = await connect({ nats, kind, as: credentialsOf(alice) });
      await good.close();
    },
  });
}

Deno.test({
  name: "clients are let in again after either server was away",
  ignore,
  async fn() {
    await using stack = await startStack();
    const { nats, kez, alice } = stack;
    const as = credentialsOf(alice);
    const canConnect = async () => {
      try {
        await (await connect({ nats, kind: "TCP", as })).close();
        return true;
      } catch (error) {
        assert.match(String(error), /authorization|timeout|refused/i);
        return false;
      }
    };
    await nats.stop();
    await nats.start();
    await until(canConnect);
    await kez.stop();
    assert.equal(await canConnect(), false);
    // It starts where there is no nats-server yet, says so, and finds the one that comes.
    await nats.stop();
    await kez.restart();
    await until(() => kez.logs.includes("nats.unreachable"));
    await nats.start();
    await until(canConnect);
  },
});

Deno.test({
  name: "over HTTP, a request of a real nats-server is answered once, to those who know the secret",
  ignore,
  async fn() {
    await using stack = await startStack({ isOverHttp: true });
    const { nats, kez, keys, alice } = stack;
    const ask = (token: string, secret: string) =>
      fetch(`${kez.url}/internal/nats/auth`, {
        method: "POST",
        headers: { "Authorization": `Bearer ${secret}`, "Content-Type": "application/jwt" },
        body: token,
      });
    const tokens: string[] = [];
    const bridge = await connectNats(nats.url, { login: keys.login, reconnect: false });
    bridge.subscribe("$SYS.REQ.USER.AUTH", {
      callback: (_, message) => {
        tokens.push(message.string());
        ask(tokens.at(-1)!, SECRET).then((answer) => answer.text())
          .then((answer) => message.respond(answer));
      },
    });
    await bridge.flush();
    const client = await connect({ nats, kind: "WebSocket", as: credentialsOf(alice) });
    await client.close();
    assert.equal(tokens.length, 1);
    const [token = ""] = tokens;
    for (const [secret, status] of [[SECRET, 409], [`${SECRET}0`, 401]] as const) {
      const answer = await ask(token, secret);
      assert.equal(answer.status, status, await answer.text());
    }
    await bridge.close();
  },
});

Deno.test({
  name:
    "the monitoring port of nats.conf answers, and JetStream is on for the account of the handles",
  ignore,
  async fn() {
    await using stack = await startStack();
    const { nats } = stack;
    const health = await fetch(`${nats.monitoringUrl}/healthz`);
    assert.deepEqual(await health.json(), { status: "ok" });
    const jetStream = await (await fetch(`${nats.monitoringUrl}/jsz?accounts=true`)).json();
    const accounts = jetStream.account_details.map(({ name }: { name: string }) => name);
    assert.deepEqual(accounts, ["KEZ"]);
  },
});

Deno.test({
  name: "tls:// insists on TLS by a certificate that is believed",
  ignore,
  async fn() {
    await using plain = await startStack();
    const options = { login: plain.keys.login, reconnect: false };
    const insisting = plain.nats.url.replace("nats:", "tls:");
    await assert.rejects(connectNats(insisting, options), /does not support 'tls'/);

    await using encrypted = await startStack({ hasTls: true });
    // This process does not believe the certificate; the server, which has connected by now, does.
    await assert.rejects(
      connectNats(encrypted.nats.url, { ...options, login: encrypted.keys.login }),
      /certificate/i,
    );
  },
});

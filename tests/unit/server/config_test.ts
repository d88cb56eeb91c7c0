import assert from "node:assert/strict";
import { type Config, formatEndpoint } from "../../../server/config.ts";
import { relayPublicUrl, serverName } from "../../../server/config_derived.ts";
import { environmentName, OPTION_NAMES, type OptionName } from "../../../server/config_options.ts";
import { configOf, DEFAULTS, faultsOf, type Given, load, PUBLIC_RELAYS } from "./config_support.ts";

Deno.test("without any setting the defaults are those of the specification", () => {
  assert.deepEqual(configOf({}), DEFAULTS);
  assert.equal(configOf({ isTerminal: true }).logFormat, "text");
});

const NPUB = "npub1v0lxxxxutpvrelsksy8cdhgfux9l6a42hsj2qzquu2zk7vc9qnkszrqj49";
const ADMIN = "63fe6318dc58583cfe16810f86dd09e18bfd76aabc24a0081ce2856f330504ed";

const NATS_NEEDS = { "nats-issuer-seed-file": "n.seed", "nats-account": "KEZ" };
const NATS = { ...DEFAULTS.nats, issuerSeedFile: "/srv/n.seed", account: "KEZ" };

/** Each setting, a value of it, what that changes in the configuration, and flags that it needs besides. */
const SETTINGS: Array<[OptionName, string, Partial<Config>, Given["flags"]?]> = [
  ["bind", "127.0.0.1:8080", { bind: { hostname: "127.0.0.1", port: 8080 } }],
  ["bind", ":8080", { bind: { hostname: "0.0.0.0", port: 8080 } }],
  ["bind", "[::1]:0", { bind: { hostname: "::1", port: 0 } }],
  ["bind", "[::]:6969", { bind: { hostname: "::", port: 6969 } }],
  ["bind", "Example.org:65535", { bind: { hostname: "example.org", port: 65535 } }],
  ["relay-bind", "[2001:db8::1]:7000", { relayBind: { hostname: "2001:db8::1", port: 7000 } }],
  ["relay-url", "wss://kez.lat/relay", { relayUrl: "wss://kez.lat/relay" }],
  ["relay-url", "ws://localhost:7000", { relayUrl: "ws://localhost:7000" }],
  ["relay-url", "ws://foo.localhost/", { relayUrl: "ws://foo.localhost/" }],
  ["relay-url", "ws://127.1.2.3:1/", { relayUrl: "ws://127.1.2.3:1/" }],
  ["relay-url", "ws://[::1]:7000/x", { relayUrl: "ws://[::1]:7000/x" }],
  ["relay-url", "wss://kez.lat:6970/", {
    relayUrl: "wss://kez.lat:6970/",
    relayBind: { hostname: "0.0.0.0", port: 6970 },
  }],
  ["server", "kez.lat", { server: "kez.lat", relays: PUBLIC_RELAYS, registration: "invite" }],
  ["server", "Kez.LAT:443", { server: "kez.lat", relays: PUBLIC_RELAYS, registration: "invite" }],
  ["server", "localhost:7000", { server: "localhost:7000" }],
  ["server", "127.0.0.1:7000", { server: "127.0.0.1:7000" }],
  ["server", "[::1]:7000", { server: "[::1]:7000" }],
  ["data", "/var/lib/kez", { dataDir: "/var/lib/kez", dbPath: "/var/lib/kez/kez-chat.db" }],
  ["data", "x", { dataDir: "/srv/x", dbPath: "/srv/x/kez-chat.db" }],
  ["db", "other/r.db", { dbPath: "/srv/other/r.db" }],
  ["db", "https://kv.kez.lat/a", { dbPath: "https://kv.kez.lat/a" }],
  ["db", "http://localhost:4512", { dbPath: "http://localhost:4512/" }],
  ["web-dir", "web", { webDir: "/srv/web" }],
  ["sig-server-url", "https://sig.kez.lat/", { sigServerUrl: "https://sig.kez.lat" }],
  ["sig-server-url", "http://localhost:7000/a", { sigServerUrl: "http://localhost:7000/a" }],
  ["proof-allow-hosts", "none", {}],
  ["proof-allow-hosts", "api.github.com:8443, b.example:1", {
    proofAllowHosts: [{ hostname: "api.github.com", port: 8443 }, {
      hostname: "b.example",
      port: 1,
    }],
  }],
  ["push-hosts", "push.Example.org", { pushHosts: [{ hostname: "push.example.org", port: null }] }],
  ["vapid-subject", "https://kez.lat/contact", { vapidSubject: "https://kez.lat/contact" }],
  ["dns-server", "9.9.9.9", { dnsServer: { hostname: "9.9.9.9", port: 53 } }],
  ["dns-server", "::1", { dnsServer: { hostname: "::1", port: 53 } }],
  ["dns-server", "[::1]:5353", { dnsServer: { hostname: "::1", port: 5353 } }],
  ["relays", "none", {}],
  ["relays", "wss://nos.lol, ws://localhost:7001/", {
    relays: ["wss://nos.lol", "ws://localhost:7001/"],
  }],
  ["relay-policy", "open", { relayPolicy: "open" }],
  ["relay-policy", "off", { relayPolicy: "off" }],
  ["relay-peers", "wss://r1.kez.lat/, wss://r2.kez.lat/", {
    relayPeers: ["wss://r1.kez.lat/", "wss://r2.kez.lat/"],
    relayUrl: "wss://r2.kez.lat/",
    dbPath: "https://kv.kez.lat/",
  }, { "relay-url": "wss://r2.kez.lat/", "db": "https://kv.kez.lat/" }],
  ["admin-pubkey", NPUB, { adminPubkey: ADMIN }],
  ["admin-pubkey", ADMIN, { adminPubkey: ADMIN }],
  ["admin-pubkey", ADMIN.toUpperCase(), { adminPubkey: ADMIN }],
  ["retention", "12h", { retentionS: 43_200 }],
  ["retention", "1m", { retentionS: 60 }],
  ["retention", "2w", { retentionS: 1_209_600 }],
  ["retention", "3650d", { retentionS: 315_360_000 }],
  ["blob-max", "100KiB", { blobMaxBytes: 102_400 }],
  ["quota", "2GiB", { quotaBytes: 2 ** 31 }],
  ["registration", "closed", { registration: "closed" }],
  ["registration", "invite", { registration: "invite" }],
  ["host-name", "Ada", { host: { ...DEFAULTS.host, name: "Ada" } }],
  ["host-sentence", "For us.", { host: { ...DEFAULTS.host, sentence: "For us." } }],
  ["host-contact", "a@b.c", { host: { ...DEFAULTS.host, contact: "a@b.c" } }],
  ["terms-url", "https://b.c/t", { host: { ...DEFAULTS.host, termsUrl: "https://b.c/t" } }],
  ["trusted-proxies", "10.0.0.0/8, ::1", { trustedProxies: ["10.0.0.0/8", "::1"] }],
  ["trusted-proxies", "none", { trustedProxies: [] }],
  ["nats-url", "nats://[::1]:4222", { nats: { ...NATS, url: "nats://[::1]:4222" } }, NATS_NEEDS],
  ["nats-url", "tls://n.kez.lat", { nats: { ...NATS, url: "tls://n.kez.lat" } }, NATS_NEEDS],
  ["nats-issuer-seed-file", "n.seed", {
    nats: { ...DEFAULTS.nats, issuerSeedFile: "/srv/n.seed" },
  }],
  ["nats-account", "$G", { nats: { ...DEFAULTS.nats, account: "$G" } }],
  ["nats-callout-secret-file", "/run/s", {
    nats: { ...NATS, calloutSecretFile: "/run/s" },
  }, NATS_NEEDS],
  ["metrics", "127.0.0.1:9100", { metrics: { hostname: "127.0.0.1", port: 9100 } }],
  ["rate-limits", "off", { rateLimits: false }],
  ["fsync", "normal", { fsync: "normal" }],
  ["log-level", "debug", { logLevel: "debug" }],
  ["log-format", "text", { logFormat: "text" }],
];

Deno.test("every setting is read alike from a flag, the environment and the file, and says whence it came", () => {
  for (const [name, value, change, flags] of SETTINGS) {
    const path = "/etc/kez.json";
    const files = { [path]: JSON.stringify({ [name]: value }) };
    const places: Array<[Given, string]> = [
      [{ flags: { ...flags, [name]: value } }, `flag --${name}`],
      [
        { flags, environment: { [environmentName(name)]: value } },
        `environment ${environmentName(name)}`,
      ],
      [{ flags: { ...flags, config: path }, files }, `file ${path}`],
    ];
    for (const [given, origin] of places) {
      const result = load(given);
      if ("faults" in result) assert.fail(`${name}=${value}: ${JSON.stringify(result.faults)}`);
      assert.deepEqual(result.config, { ...DEFAULTS, ...change }, `${name}=${value} by ${origin}`);
      assert.equal(result.origins[name], origin);
    }
  }
  const covered = new Set(SETTINGS.map(([name]) => name));
  assert.deepEqual(OPTION_NAMES.filter((name) => !covered.has(name)), ["config"]);
});

Deno.test("a flag counts before the environment, the environment before the file, the file before the default", () => {
  const files = { "/srv/kez.json": '{"retention":"3d","fsync":"normal","log-level":"warn"}' };
  const environment = {
    KEZ_CHAT_CONFIG: "kez.json",
    KEZ_CHAT_RETENTION: "2d",
    KEZ_CHAT_LOG_LEVEL: "error",
  };
  const result = load({ files, environment, flags: { retention: "1d" } });
  if ("faults" in result) assert.fail(JSON.stringify(result.faults));
  const { retentionS, logLevel, fsync, rateLimits } = result.config;
  assert.deepEqual(
    { retentionS, logLevel, fsync, rateLimits },
    { retentionS: 86_400, logLevel: "error", fsync: "normal", rateLimits: true },
  );
  assert.equal(result.origins.retention, "flag --retention");
  assert.equal(result.origins["log-level"], "environment KEZ_CHAT_LOG_LEVEL");
  assert.equal(result.origins.fsync, "file /srv/kez.json");
  assert.equal(result.origins.bind, "default");
});

Deno.test("a file may write lists as lists", () => {
  const files = { "/srv/k.json": '{"trusted-proxies":["10.0.0.0/8","::1"],"relays":[]}' };
  const config = configOf({ files, flags: { config: "k.json" } });
  assert.deepEqual([config.trustedProxies, config.relays], [["10.0.0.0/8", "::1"], []]);
});

Deno.test("variables that are empty, of others, or Kubernetes' own are left alone", () => {
  const environment = {
    KEZ_CHAT_SERVER: "",
    KEZ_CHATTER: "1",
    PATH: "/bin",
    KEZ_CHAT_SERVICE_HOST: "10.0.0.1",
    KEZ_CHAT_PORT: "tcp://10.0.0.1:6969",
    KEZ_CHAT_PORT_6969_TCP_ADDR: "10.0.0.1",
  };
  assert.deepEqual(configOf({ environment }), DEFAULTS);
});

/** Values that are refused, with words that have to stand in the answer. */
const BAD_VALUES: Array<[OptionName, string, RegExp]> = [
  ["bind", "localhost", /an address and a port/],
  ["bind", "127.0.0.1:65536", /an address and a port/],
  ["bind", "1.2.3.4.5:80x", /an address and a port/],
  ["bind", "::1:80", /an address and a port/],
  ["bind", "[::g]:80", /an address and a port/],
  ["bind", "[:::]:80", /an address and a port/],
  ["bind", "", /is empty/],
  ["relay-bind", "https://x:80", /an address and a port/],
  ["relay-url", "https://kez.lat/relay", /is not a URL like wss/],
  ["relay-url", "wss://user:pw@kez.lat/", /is not a URL like wss/],
  ["relay-url", "wss://kez.lat/#x", /is not a URL like wss/],
  ["relay-url", "kez.lat", /is not a URL like wss/],
  ["relay-url", "ws://kez.lat/relay", /is not encrypted.*except on localhost.*give a wss URL/],
  ["relay-url", "ws://192.168.1.2:6970/", /is not encrypted/],
  ["relay-url", "ws://0.0.0.0:6970/", /is not encrypted/],
  ["relay-url", "ws://localhost.kez.lat/", /is not encrypted/],
  ["relay-url", "WS://[::2]/", /is not encrypted/],
  ["server", "https://kez.lat", /is a URL; give the host name alone/],
  ["server", "kez.lat/chat", /is a URL; give the host name alone/],
  ["server", "kez lat", /is not a host name/],
  ["server", "kez.lat:70000", /is not a host name/],
  ["server", "-kez.lat", /is not a host name/],
  ["data", "a\0b", /is not a path/],
  ["db", "http://kv.example.org", /is not encrypted/],
  ["db", "https://user:pw@kv.example.org", /is not a URL like https/],
  ["web-dir", "nowhere", /there is no folder \/srv\/nowhere/],
  ["sig-server-url", "sig.kez.lat", /is not a URL like https/],
  ["sig-server-url", "http://sig.kez.lat", /is not encrypted/],
  ["sig-server-url", "https://sig.kez.lat/?x", /has a query/],
  ["proof-allow-hosts", "b.example", /an address and a port/],
  ["proof-allow-hosts", "127.0.0.1:1", /names an address/],
  ["push-hosts", "127.0.0.1", /is not a host, like push/],
  ["vapid-subject", "me@kez.lat", /is not an address like mailto/],
  ["dns-server", "dns.example:53", /not the address of a name server/],
  ["dns-server", ":53", /not the address of a name server/],
  ["relays", "ws://nos.lol", /is not encrypted/],
  ["relays", "nos.lol", /is not a URL like wss/],
  [
    "relays",
    "123456789".replaceAll(/./g, "wss://$&.test,").slice(0, -1),
    /these are 9 relays; at most 8/,
  ],
  ["relay-policy", "member", /did you mean members\?/],
  ["relay-peers", "wss://r1.kez.lat/", /and at least one other/],
  ["relay-peers", "ws://r1.kez.lat/,wss://r2.kez.lat/", /is not encrypted/],
  ["admin-pubkey", ADMIN.slice(1), /is not a public key: npub1… or 64 hex/],
  ["admin-pubkey", `${NPUB.slice(0, -1)}8`, /is not a public key/],
  [
    "admin-pubkey",
    "note1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqn7yuqm",
    /is not a public/,
  ],
  ["retention", "30", /from 1m to 3650d/],
  ["blob-max", "32", /not a size, like 32MiB/],
  ["blob-max", "0MiB", /not a size/],
  ["blob-max", "1TiB", /may not be larger than the quota/],
  ["quota", "1MB", /not a size/],
  ["retention", "0d", /from 1m to 3650d/],
  ["retention", "30 d", /from 1m to 3650d/],
  ["retention", "-1d", /from 1m to 3650d/],
  ["retention", "59s", /from 1m to 3650d/],
  ["retention", "3651d", /from 1m to 3650d/],
  ["registration", "opne", /"opne" is not open, invite or closed; did you mean open\?/],
  ["host-name", "two\nlines", /is not one line/],
  ["host-sentence", "x".repeat(501), /at most 500 characters/],
  ["terms-url", "javascript:alert(1)", /is not a URL like https/],
  ["trusted-proxies", "10.0.0.0/33", /"10.0.0.0\/33" is not an address or a network/],
  ["trusted-proxies", "10.0.0.1,", /"" is not an address or a network/],
  ["nats-url", "nats.kez.lat", /is not a URL like nats/],
  ["nats-url", "ws://localhost:9222", /is not a URL like nats/],
  ["nats-url", "nats://user:pw@localhost", /is not a URL like nats/],
  ["nats-url", "nats://localhost/x", /is not a URL like nats/],
  ["nats-url", "nats://localhost", /needs besides: --nats-issuer-seed-file.*; --nats-account/],
  ["nats-issuer-seed-file", "a\0b", /is not a path/],
  ["nats-account", "two words", /is not the name of an account/],
  ["nats-callout-secret-file", "s", /needs besides: --nats-issuer-seed-file/],
  ["metrics", "9100", /is not an address and a port/],
  ["rate-limits", "yes", /is not on or off/],
  ["fsync", "always", /is not full or normal/],
  ["log-level", "inf", /is not debug, info, warn or error; did you mean info\?/],
  ["log-format", "xml", /is not text or json/],
];

Deno.test("a bad value is refused with words, at the place where it stands", () => {
  for (const [name, value, words] of BAD_VALUES) {
    const faults = faultsOf({ flags: { [name]: value } });
    assert.equal(faults.length, 1, `${name}=${value}`);
    assert.equal(faults[0]!.where, `--${name}`);
    assert.match(faults[0]!.message, words);
  }
  const covered = new Set(BAD_VALUES.map(([name]) => name));
  const uncovered = OPTION_NAMES.filter((name) => !covered.has(name));
  assert.deepEqual(uncovered, ["config", "host-contact"]);
});

Deno.test("a secret key that is given for a public one does not stand in the answer", () => {
  for (
    const secret of ["nsec1vl029mgpspedva04g90vltkh6fvh240zqtv9k0t9af8935ke9laqsnlfe5", "NSEC1X"]
  ) {
    assert.deepEqual(faultsOf({ flags: { "admin-pubkey": secret } }), [{
      where: "--admin-pubkey",
      message: "is a secret key; give the public one, which begins with npub1",
    }]);
  }
});

Deno.test("every fault of every place is reported at once", () => {
  const files = { "/srv/k.json": '{"bnd":"x","retention":30,"fsync":"no"}' };
  const environment = { KEZ_CHAT_SERVR: "x", KEZ_CHAT_BIND: "y" };
  const flags = { config: "k.json", "log-level": "loud" } as const;
  assert.deepEqual(faultsOf({ files, environment, flags }), [
    { where: "KEZ_CHAT_SERVR", message: "there is no such setting; did you mean KEZ_CHAT_SERVER?" },
    {
      where: '"bnd" in /srv/k.json',
      message: 'there is no such setting; did you mean "bind"?',
    },
    {
      where: '"retention" in /srv/k.json',
      message: 'the value has to be text in quotes, like "30d"',
    },
    { where: '"fsync" in /srv/k.json', message: '"no" is not full or normal' },
    {
      where: "KEZ_CHAT_BIND",
      message: '"y" is not an address and a port, like 127.0.0.1:6969, [::1]:6969 or :6969',
    },
    { where: "--log-level", message: '"loud" is not debug, info, warn or error' },
  ]);
});

Deno.test("relay peers need the own relay among them, a relay that runs, and a registry to share", () => {
  const peers = { "relay-peers": "wss://r1.kez.lat/,wss://r2.kez.lat/" };
  const messagesOf = (flags: Given["flags"]) => faultsOf({ flags }).map(({ message }) => message);
  const [notAmong, ...others] = messagesOf({ ...peers, "relay-policy": "off" });
  assert.match(notAmong!, /own relay is not among them/);
  assert.equal(others.length, 2);
  const db = "https://kv.kez.lat";
  assert.equal(messagesOf({ ...peers, db, "relay-url": "wss://r1.kez.lat" }).length, 1);
  configOf({ flags: { ...peers, db, "relay-url": "wss://r1.kez.lat/" } });
});

Deno.test("a file that cannot be used is a fault of its own", () => {
  const cases: Array<[Record<string, string>, RegExp]> = [
    [{}, /there is no such file/],
    [{ "/srv/k.json": "{" }, /is not JSON: /],
    [{ "/srv/k.json": "[]" }, /is not a JSON object/],
    [{ "/srv/k.json": "null" }, /is not a JSON object/],
    [{ "/srv/k.json": '{"config":"other.json"}' }, /a file cannot name another one/],
    [{ "/srv/k.json": '{"__proto__":"x"}' }, /there is no such setting/],
    [{ "/srv/k.json": '{"constructor":"x"}' }, /there is no such setting/],
  ];
  for (const [files, words] of cases) {
    const faults = faultsOf({ files, flags: { config: "k.json" } });
    assert.equal(faults.length, 1);
    assert.match(faults[0]!.message, words);
  }
});

Deno.test("the app and the relay cannot share a port, except where the system chooses it", () => {
  const shared = faultsOf({ flags: { bind: "127.0.0.1:7000", "relay-bind": ":7000" } });
  assert.deepEqual(shared, [{
    where: "--relay-bind",
    message: "the app and the relay cannot share port 7000; choose another one",
  }]);
  const byDefault = faultsOf({ flags: { bind: ":6970" } });
  assert.deepEqual(byDefault.map(({ where }) => where), ["--bind"]);
  configOf({ flags: { bind: "127.0.0.1:0", "relay-bind": "127.0.0.1:0" } });
  configOf({ flags: { bind: "127.0.0.1:7000", "relay-bind": "127.0.0.2:7000" } });
  configOf({ flags: { bind: ":6970", "relay-policy": "off" } });
});

Deno.test("names that nobody configured follow from the ports", () => {
  const cases: Array<[Partial<Config>, string, string]> = [
    [{}, "localhost:7001", "ws://localhost:7002/"],
    [{ server: "kez.lat" }, "kez.lat", "wss://kez.lat/relay"],
    [{ server: "kez.lat:8443" }, "kez.lat:8443", "wss://kez.lat:8443/relay"],
    [{ server: "127.0.0.1:9" }, "127.0.0.1:9", "ws://127.0.0.1:7002/"],
    [{ server: "[::1]:9" }, "[::1]:9", "ws://[::1]:7002/"],
    [{ server: "[::1]" }, "[::1]", "ws://[::1]:7002/"],
    [{ relayUrl: "wss://r.lat" }, "localhost:7001", "wss://r.lat"],
  ];
  for (const [change, name, url] of cases) {
    const config = { ...DEFAULTS, ...change };
    const server = serverName(config, 7001);
    assert.equal(server, name);
    assert.equal(relayPublicUrl(config, { server, relayPort: 7002 }), url);
  }
});

Deno.test("an endpoint is written as it is read", () => {
  assert.equal(formatEndpoint({ hostname: "::1", port: 80 }), "[::1]:80");
  assert.equal(formatEndpoint({ hostname: "0.0.0.0", port: 6969 }), "0.0.0.0:6969");
});

import {
  type ConnectionOptions,
  type NatsConnection,
  NatsConnectionImpl,
  setTransportFactory,
} from "@nats-io/nats-core/internal";
import { encodeBase64url, utf8ToBytes } from "../../protocol/bytes.ts";
import { createDenoTransport } from "./deno_transport.ts";
import type { NkeySigner } from "./nkeys.ts";

/**
 * Connects to a NATS server by an nkey. `tls://` insists on TLS; `nats://` has it where the server asks for it.
 *
 * @throws Error where the server is not there, or does not let the nkey in
 */
export function connectNats(
  url: string,
  { login, ...options }: ConnectionOptions & { login: NkeySigner },
): Promise<NatsConnection> {
  setTransportFactory({ factory: createDenoTransport });
  const { protocol, host } = new URL(url);
  return NatsConnectionImpl.connect({
    servers: host,
    ...(protocol === "tls:" ? { tls: {} } : {}),
    authenticator: (nonce = "") => ({
      nkey: login.publicKey,
      sig: encodeBase64url(login.sign(utf8ToBytes(nonce))),
    }),
    ...options,
  });
}

import { addrOf } from "../../protocol/addr.ts";
import { type Account, authorization, makeAccount, registrationOf } from "../http/support.ts";
import { subscriptionOf } from "./push_service.ts";
import type { KezChat } from "./server.ts";

/** Somebody with a handle on a running server and devices that want pushes. */
export interface Subscriber {
  account: Account;
  handle: string;
  addr: string;
  endpoints: string[];
}

/** Registers somebody, without any device. */
export async function registerPerson(
  { url, server }: Pick<KezChat, "url" | "server">,
  handle: string,
): Promise<Subscriber> {
  const account = makeAccount();
  const document = registrationOf(account, { handle, server, createdAtMs: Date.now() });
  const response = await fetch(`${url}/v1/register`, {
    method: "POST",
    body: JSON.stringify(document),
  });
  if (response.status !== 201) throw new Error(await response.text());
  await response.body?.cancel();
  return { account, handle, addr: addrOf(account.primary), endpoints: [] };
}

/** Subscribes a device of somebody. */
export async function subscribeDevice(
  { url, server }: Pick<KezChat, "url" | "server">,
  person: Subscriber,
  endpoint: string,
): Promise<void> {
  const path = "/v1/push/subscriptions";
  const body = JSON.stringify({ subscription: subscriptionOf(endpoint) });
  const Authorization = authorization(person.account, {
    ...{ method: "POST", path, body, server },
    nowMs: Date.now(),
  });
  const response = await fetch(url + path, { method: "POST", body, headers: { Authorization } });
  if (response.status !== 201) throw new Error(await response.text());
  await response.body?.cancel();
  person.endpoints.push(endpoint);
}

import type { Context } from "hono";
import { cameOnlyOver, clientKey } from "./client_ip.ts";
import { parseCidr, parseIp } from "./ip.ts";

/** What `Deno.serve` hands over beside a request. */
export interface ConnectionBindings {
  remoteAddr?: Deno.Addr;
  /** Settled when the answer is sent, or will never be. */
  completed?: Promise<void>;
}

export type HttpContext = Context<{ Bindings: ConnectionBindings }>;

const LOOPBACK_NETWORKS = ["127.0.0.0/8", "::1/128"];
const LOOPBACK = LOOPBACK_NETWORKS.map((cidr) => parseCidr(cidr)!);

/** Who is counted for a request; see `clientKey`. */
export function callerOf(c: HttpContext, trustedProxies: readonly string[]): string {
  const forwardedFor = c.req.header("X-Forwarded-For") ?? null;
  return clientKey({ peer: peerOf(c), forwardedFor }, trustedProxies);
}

/** True for programs on this machine that call for themselves, and for nobody else. */
export function isFromThisMachine(c: HttpContext): boolean {
  if (c.req.header("X-Forwarded-For") !== undefined) return false;
  const ip = parseIp(peerOf(c) ?? "");
  return ip !== null && LOOPBACK.some((subnet) => subnet.contains(ip));
}

/** True for this machine and the trusted proxies where they call for themselves, for nobody who calls through them. */
export function isFromInside(c: HttpContext, trustedProxies: readonly string[]): boolean {
  const forwardedFor = c.req.header("X-Forwarded-For") ?? null;
  return cameOnlyOver({ peer: peerOf(c), forwardedFor }, [...LOOPBACK_NETWORKS, ...trustedProxies]);
}

function peerOf(c: HttpContext): string | null {
  const address = c.env?.remoteAddr;
  return address && "hostname" in address ? address.hostname : null;
}

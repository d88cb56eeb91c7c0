import * as v from "valibot";
import type { JsonAnswer } from "../../fetch_json.ts";
import { ProofUnreachable } from "../proof_network.ts";
import type { ClientProof } from "./template.ts";

const BASE = "https://public.api.bsky.app/xrpc/app.bsky.actor.getProfile?actor=";

const Profile = v.looseObject({ handle: v.string(), description: v.optional(v.string()) });
const Refusal = v.looseObject({ error: v.string(), message: v.optional(v.string()) });

/** The profile's description, by the public AppView. (https://docs.bsky.app, app.bsky.actor.getProfile) */
export const askBluesky: ClientProof = async ({ subject }, { json }) => {
  const url = BASE + encodeURIComponent(subject);
  const profile = await json(url, Profile, { missing: isNobody });
  if (!profile) return null;
  // `handle.invalid`: the name does not lead to this account at the moment.
  if (profile.handle.toLowerCase() !== subject) throw new ProofUnreachable("bad_answer");
  return profile.description ?? "";
};

/** Whoever never was, was taken down, or has left: all of them are 400. */
function isNobody({ status, body }: JsonAnswer): boolean {
  if (status !== 400 || !v.is(Refusal, body)) return false;
  return /^Account|^InvalidRequest$/.test(body.error);
}

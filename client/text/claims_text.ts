import { claims } from "./en/claims.ts";
import { dashboard, identity } from "./en/identity.ts";

/** The words of claims, identity and dashboard in the language in use: apart from the others, so that a first visit does without. */
export const ct = { claims, identity, dashboard };

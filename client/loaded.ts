import { UserError } from "./user_error.ts";

/**
 * A part of the app that is fetched only when it is needed: `loaded(import("./part.ts"))`.
 *
 * @throws UserError `no_network` where it does not come
 */
export async function loaded<T>(part: Promise<T>): Promise<T> {
  try {
    return await part;
  } catch (cause) {
    throw new UserError("no_network", { cause });
  }
}

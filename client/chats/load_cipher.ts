import { UserError } from "../user_error.ts";

/** The cipher of files, which is fetched with the first of them. @throws UserError `no_network` */
export async function loadCipher() {
  try {
    return await import("../../protocol/attachment_cipher.ts");
  } catch (cause) {
    throw new UserError("no_network", { cause });
  }
}

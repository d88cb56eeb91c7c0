import { foundText, type ProofTemplate } from "./template.ts";

/** The text of `https://<domain>/.well-known/kez.txt`. */
export const fetchWebProof: ProofTemplate = async ({ subject }, { fetchText }) =>
  foundText(await fetchText(`https://${subject}/.well-known/kez.txt`, "text/plain, */*")) ?? "";

import { isLoopbackServer, serverOrigin } from "../../protocol/handle.ts";

/** What a first start has to tell whoever started it. */
export interface FirstStart {
  /** The server's public name. */
  server: string;
  dataDir: string;
}

const PRODUCTION = "kez-chat --server chat.example.org --bind 127.0.0.1:6969 --data FOLDER";

/** Where the app is, where the data lies, and what a public server wants: for a log, by name. */
export function welcomeFields({ server, dataDir }: FirstStart): Record<string, string> {
  return { app: `${serverOrigin(server)}/`, data: dataDir, next: nextStep(server) };
}

/** The same for a terminal, in a few lines. */
export function welcomeText(start: FirstStart): string {
  const { app, data, next } = welcomeFields(start);
  return `
This is the first start of kez-chat here.
  app   ${app}
  data  ${data}
  next  ${next}
        kez-chat help lists every setting
`;
}

function nextStep(server: string): string {
  return isLoopbackServer(server)
    ? `so that others can use it: a name, a proxy with TLS before it, and ${PRODUCTION}`
    : "a proxy with TLS leads https to the app and /relay to the relay; keep copies of the data";
}

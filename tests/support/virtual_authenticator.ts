import type { CDPSession, Page } from "playwright-core";

/** A fingerprint reader of Chromium's own making, in one page. Whoever it asks says yes at once. */
export interface VirtualAuthenticator {
  /** Whether the finger is the right one. */
  setVerified(isVerified: boolean): Promise<void>;
  /** Whether a finger is laid on it by itself; else it waits. */
  setPresent(isPresent: boolean): Promise<void>;
  credentials(): Promise<Credential[]>;
  addCredential(credential: Credential): Promise<void>;
  remove(): Promise<void>;
}

/** A credential as the debugging protocol hands it out: without the secret of its PRF. */
export type Credential = Awaited<
  ReturnType<typeof getCredentials>
>["credentials"][number];

/** Builds one into the device, or connects one by USB. */
export async function addAuthenticator(
  page: Page,
  { hasPrf = true, transport = "internal" }: { hasPrf?: boolean; transport?: "internal" | "usb" } =
    {},
): Promise<VirtualAuthenticator> {
  const session = await page.context().newCDPSession(page);
  await session.send("WebAuthn.enable");
  const { authenticatorId } = await session.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      ctap2Version: "ctap2_1",
      transport,
      hasResidentKey: true,
      hasUserVerification: true,
      hasPrf,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return {
    async setVerified(isUserVerified) {
      await session.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified });
    },
    async setPresent(enabled) {
      await session.send("WebAuthn.setAutomaticPresenceSimulation", { authenticatorId, enabled });
    },
    credentials: async () => (await getCredentials(session, authenticatorId)).credentials,
    async addCredential(credential) {
      await session.send("WebAuthn.addCredential", { authenticatorId, credential });
    },
    async remove() {
      await session.send("WebAuthn.removeVirtualAuthenticator", { authenticatorId });
    },
  };
}

function getCredentials(session: CDPSession, authenticatorId: string) {
  return session.send("WebAuthn.getCredentials", { authenticatorId });
}

/**
 * Gives every credential of the page a PRF secret that outlives the browser, which Chromium's own cannot: the question
 * and its answer are Chromium's, the secret is the HMAC of the salt under `seed`.
 */
export async function keepPrf(page: Page, seed: number): Promise<void> {
  await page.addInitScript((seed) => {
    interface Prf {
      eval?: { first: BufferSource };
      evalByCredential?: Record<string, { first: BufferSource }>;
    }
    type Options = { publicKey?: { extensions?: { prf?: Prf } } };
    for (const name of ["create", "get"] as const) {
      const original = navigator.credentials[name].bind(navigator.credentials);
      navigator.credentials[name] = async (options?: object) => {
        const credential = await original(options) as PublicKeyCredential;
        const prf = (options as Options).publicKey?.extensions?.prf;
        const asked = prf?.eval ?? prf?.evalByCredential?.[credential.id];
        const how = { name: "HMAC", hash: "SHA-256" };
        const secret = new Uint8Array(32).fill(seed);
        const key = await crypto.subtle.importKey("raw", secret, how, false, ["sign"]);
        const first = await crypto.subtle.sign("HMAC", key, asked!.first);
        credential.getClientExtensionResults = () => ({
          prf: { enabled: true, results: { first } },
        });
        return credential;
      };
    }
  }, seed);
}

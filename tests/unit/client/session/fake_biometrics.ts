import { areSameBytes } from "../../../../protocol/bytes.ts";
import type { Authenticator } from "../../../../client/session/biometric_box.ts";
import { biometricKey } from "../../../../client/session/biometric_box.ts";
import type { Biometrics } from "../../../../client/session/biometrics.ts";

/** A reader whose secret is a number: one with another number is another reader with the same credentials. */
export function createFakeBiometrics() {
  const fake = {
    secret: 1,
    /** The ids of credentials that the browser was told to forget. */
    forgotten: [] as Uint8Array[],
    /** Which of several somebody holds out. */
    chosen: 0,
  };
  const keyOf = ({ salt }: Authenticator) => biometricKey(salt.map((byte) => byte ^ fake.secret));
  let next = 1;
  const biometrics: Biometrics = {
    missing: () => Promise.resolve(null),
    async enrol() {
      const id = new Uint8Array(16).fill(next++);
      const salt = crypto.getRandomValues(new Uint8Array(32));
      const authenticator: Authenticator = { id, salt, kind: "device", addedAtMs: next };
      return { authenticator, key: await keyOf(authenticator) };
    },
    async ask(known) {
      const authenticator = known[fake.chosen]!;
      return { id: authenticator.id, key: await keyOf(authenticator) };
    },
    forget({ id }) {
      if (!fake.forgotten.some((known) => areSameBytes(known, id))) fake.forgotten.push(id);
      return Promise.resolve();
    },
  };
  return { fake, biometrics };
}

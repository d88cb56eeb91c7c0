import { createAttemptGuard } from "../../../../client/session/attempt_guard.ts";
import { createLocks } from "../../../../client/session/locks.ts";
import { createVaultStorage } from "../../../../client/session/vault_storage.ts";
import { createFakeBiometrics } from "./fake_biometrics.ts";
import { createDeviceOfAlice, type Device, startTab } from "./support.ts";

/** A tab of a device with alice's account, with what changes its locks, and a reader of fingerprints. */
export async function openLocks(given?: Device) {
  const device = given ?? await createDeviceOfAlice();
  const tab = await startTab(device);
  const storage = createVaultStorage(Promise.resolve(device.database));
  const guard = createAttemptGuard({ storage, nowMs: () => device.nowMs });
  const { fake, biometrics } = createFakeBiometrics();
  const locks = createLocks({
    session: tab.session,
    biometrics,
    storage,
    guard,
    deriveKey: device.deriveKey,
    onFault: (error) => void tab.faults.push(error),
  });
  return { device, tab, session: tab.session, locks, storage, fake };
}

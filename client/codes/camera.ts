/** `denied`: the person or the browser says no. `none`: there is none. `broken`: it does not start. */
export type CameraFault = "denied" | "none" | "broken";

/** A camera that cannot be had. */
export class CameraError extends Error {
  override readonly name = "CameraError";

  constructor(readonly fault: CameraFault, options?: ErrorOptions) {
    super(fault, options);
  }
}

const FAULTS: Record<string, CameraFault> = {
  NotAllowedError: "denied",
  SecurityError: "denied",
  NotFoundError: "none",
  OverconstrainedError: "none",
};

/**
 * Opens the camera that looks away from the person, where there is a choice. Stop every track of the stream at the end.
 *
 * @param devices undefined where the browser has none to offer
 * @throws CameraError
 */
export async function openCamera(
  devices: Pick<MediaDevices, "getUserMedia"> | undefined,
): Promise<MediaStream> {
  if (!devices) throw new CameraError("none");
  const video = { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 720 } };
  try {
    return await devices.getUserMedia({ video, audio: false });
  } catch (cause) {
    const name = cause instanceof DOMException ? cause.name : "";
    throw new CameraError(Object.hasOwn(FAULTS, name) ? FAULTS[name]! : "broken", { cause });
  }
}

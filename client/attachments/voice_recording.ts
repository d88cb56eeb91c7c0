import { UserError } from "../user_error.ts";

/** A recording that runs. */
export interface VoiceRecording {
  /** How loud it is at this moment, from 0 to 1. */
  level(): number;
  /** Ends it, and gives what was said. */
  finish(): Promise<{ blob: Blob; mime: string; durationMs: number }>;
  /** Ends it; nothing is left. */
  cancel(): void;
}

/** What browsers can record, the best first. */
const TYPES = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"];
/** Speech is well understood. */
const BITS_PER_SECOND = 32_000;
/** Sound that a level is taken of: as long as it takes to the next one. */
const LEVEL_SAMPLES = 4_096;

/**
 * Asks for the microphone, and records.
 *
 * @param nowMs a clock that only goes forward
 * @throws UserError `microphone_denied`, `microphone_missing`, `recording_failed`
 */
export async function startVoiceRecording(nowMs: () => number): Promise<VoiceRecording> {
  const stream = await askForMicrophone();
  const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported(type));
  const recorder = new MediaRecorder(stream, { mimeType, audioBitsPerSecond: BITS_PER_SECOND });
  const chunks: Blob[] = [];
  recorder.ondataavailable = ({ data }) => chunks.push(data);
  const context = new AudioContext();
  // Begun by a click that is over by now: some browsers let it wait.
  void context.resume();
  const analyser = context.createAnalyser();
  analyser.fftSize = LEVEL_SAMPLES;
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const startedAtMs = nowMs();
  recorder.start(1_000);

  function release(): void {
    for (const track of stream.getTracks()) track.stop();
    if (context.state !== "closed") void context.close();
  }

  return {
    level() {
      analyser.getFloatTimeDomainData(samples);
      const power = samples.reduce((sum, each) => sum + each * each, 0) / samples.length;
      // Ears hear in steps: a whisper is in sight too.
      return Math.min(1, Math.sqrt(Math.sqrt(power) * 2));
    },
    async finish() {
      const durationMs = nowMs() - startedAtMs;
      const { promise, resolve } = Promise.withResolvers<void>();
      recorder.onstop = () => resolve();
      if (recorder.state !== "inactive") recorder.stop();
      else resolve();
      await promise;
      release();
      const mime = recorder.mimeType.split(";", 1)[0]!;
      const blob = new Blob(chunks, { type: mime });
      if (blob.size === 0) throw new UserError("recording_failed");
      return { blob, mime, durationMs };
    },
    cancel() {
      if (recorder.state !== "inactive") recorder.stop();
      release();
    },
  };
}

async function askForMicrophone(): Promise<MediaStream> {
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: true });
  } catch (cause) {
    const name = cause instanceof DOMException ? cause.name : "";
    if (name === "NotAllowedError") throw new UserError("microphone_denied", { cause });
    if (name === "NotFoundError") throw new UserError("microphone_missing", { cause });
    throw new UserError("recording_failed", { cause });
  }
}

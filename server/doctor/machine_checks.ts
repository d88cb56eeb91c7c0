import { faultReason } from "../fault_reason.ts";
import { bad, type Check, ok, skipped, type Verdict, warn } from "./verdict.ts";

/** Of each of the browsers' push services, a place that answers whoever asks. */
const PUSH_SERVICES = [
  "https://fcm.googleapis.com/",
  "https://updates.push.services.mozilla.com/",
  "https://web.push.apple.com/",
];

const MIN_FREE_SHARE = 0.05;
const WARN_FREE_SHARE = 0.1;
/** Registrations and signed requests are good for five minutes. */
const MAX_CLOCK_OFFSET_MS = 120_000;
const WARN_CLOCK_OFFSET_MS = 10_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const WARN_BACKUP_AGE_MS = 2 * DAY_MS;
const MAX_BACKUP_AGE_MS = 7 * DAY_MS;

const AS_THE_SERVER = "look as the user that the server runs as, with its --data";

/** What the doctor asks of the machine. */
export interface DoctorMachine {
  dataDir: string;
  /** The server has this machine's own name: nobody else is asked anything. */
  isLoopback: boolean;
  fetch(url: string, init: RequestInit): Promise<Response>;
  nowMs(): number;
  /** The free part of the disk of the data, from 0 to 1, and its bytes. */
  freeDisk(): Promise<{ share: number; bytes: number }>;
  /** When the last backup of this data was made; null: none was. */
  lastBackupMs(): Promise<number | null>;
}

/** The checks of the machine that the server runs on. (Specification page 8, `doctor`) */
export function machineChecks(machine: DoctorMachine): Check[] {
  const { dataDir, isLoopback, nowMs } = machine;
  // Clock and push look at the same answers; whichever comes first asks.
  let asked: Promise<Asked[]> | null = null;
  const judgeAnswers = (judge: (asked: Asked[]) => Verdict) => async (signal: AbortSignal) =>
    isLoopback
      ? skipped("the server is for this machine alone")
      : judge(await (asked ??= askServices(machine, signal)));
  return [
    {
      name: "clock",
      cure: "let this machine reach the internet, then look again",
      run: judgeAnswers(judgeClock),
    },
    {
      name: "disk",
      cure: AS_THE_SERVER,
      run: async () => judgeDisk(await machine.freeDisk(), dataDir),
    },
    {
      name: "push",
      cure: "let this machine reach the push services of the browsers, port 443",
      run: judgeAnswers(judgePush),
    },
    {
      name: "backup",
      cure: AS_THE_SERVER,
      run: async () => judgeBackup(await machine.lastBackupMs(), nowMs()),
    },
  ];
}

interface Asked {
  host: string;
  /** How much its clock is ahead of ours; null where it does not say. */
  offsetMs: number | null;
  /** Null where it answered, whatever it said. */
  failure: string | null;
}

function askServices(
  { fetch, nowMs }: Pick<DoctorMachine, "fetch" | "nowMs">,
  signal: AbortSignal,
): Promise<Asked[]> {
  return Promise.all(PUSH_SERVICES.map(async (url): Promise<Asked> => {
    const { host } = new URL(url);
    try {
      const sentMs = nowMs();
      const response = await fetch(url, { signal, redirect: "manual" });
      const takenMs = nowMs() - sentMs;
      await response.body?.cancel();
      const theirsMs = Date.parse(response.headers.get("Date") ?? "");
      // The header counts whole seconds, and was written while we waited.
      const offsetMs = Number.isNaN(theirsMs) ? null : theirsMs + 500 - (sentMs + takenMs / 2);
      return { host, offsetMs, failure: null };
    } catch (error) {
      return { host, offsetMs: null, failure: faultReason(error) };
    }
  }));
}

function judgeClock(asked: readonly Asked[]): Verdict {
  const offsets = asked.flatMap(({ offsetMs }) => offsetMs ?? []).sort((a, b) => a - b);
  if (offsets.length === 0) {
    return warn(
      "nobody could be asked for the time",
      "let this machine reach the internet; where certificates are told not to be valid yet, its clock is wrong (date)",
    );
  }
  // Of an even number the smaller one: a single wrong clock elsewhere decides nothing.
  const offsetMs = offsets[(offsets.length - 1) >> 1]!;
  const seconds = Math.round(Math.abs(offsetMs) / 1000);
  const says = `this machine is ${seconds} s ${offsetMs > 0 ? "behind" : "ahead of"} others`;
  const cure = "let it keep time (timedatectl set-ntp true)";
  if (Math.abs(offsetMs) > MAX_CLOCK_OFFSET_MS) {
    return bad(`${says}: registrations and pushes are refused`, cure);
  }
  return Math.abs(offsetMs) > WARN_CLOCK_OFFSET_MS ? warn(says, cure) : ok("as others have it");
}

function judgeDisk({ share, bytes }: { share: number; bytes: number }, dataDir: string): Verdict {
  const says = `${(100 * share).toFixed(0)} % (${
    (bytes / 1024 ** 3).toFixed(1)
  } GiB) of the disk of ${dataDir} are free`;
  const cure = "make room, or lower --quota and --retention";
  if (share < MIN_FREE_SHARE) return bad(`${says}: uploads are refused`, cure);
  return share < WARN_FREE_SHARE ? warn(says, cure) : ok(says);
}

function judgePush(asked: readonly Asked[]): Verdict {
  const failed = asked.filter(({ failure }) => failure !== null);
  if (failed.length === 0) return ok(asked.map(({ host }) => host).join(", "));
  const says = failed.map(({ host, failure }) => `${host}: ${failure}`).join("; ");
  const cure =
    "let this machine connect to them, port 443; people of those browsers get no notifications";
  return failed.length === asked.length ? bad(says, cure) : warn(says, cure);
}

function judgeBackup(lastMs: number | null, nowMs: number): Verdict {
  const cure = "kez-chat backup FOLDER --keep 14, once a day by a timer";
  if (lastMs === null) return bad("none was made yet", cure);
  const ageMs = Math.max(0, nowMs - lastMs);
  const says = ageMs < DAY_MS
    ? `made ${counted(Math.floor(ageMs / HOUR_MS), "hour")} ago`
    : `made ${counted(Math.floor(ageMs / DAY_MS), "day")} ago`;
  if (ageMs > MAX_BACKUP_AGE_MS) return bad(says, cure);
  return ageMs > WARN_BACKUP_AGE_MS ? warn(says, cure) : ok(says);
}

function counted(count: number, unit: string): string {
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}

import assert from "node:assert/strict";
import { type DoctorMachine, machineChecks } from "../../../../server/doctor/machine_checks.ts";
import { runChecks, type Verdict } from "../../../../server/doctor/verdict.ts";

const NOW_MS = Date.parse("2026-05-25T03:00:00.500Z");
const HOUR_MS = 3_600_000;

/** Answers of three services whose clocks are so much ahead; null: no answer. */
function services(...aheadMs: (number | null)[]): Pick<DoctorMachine, "fetch"> {
  let asked = 0;
  return {
    fetch() {
      const ahead = aheadMs[asked++ % aheadMs.length]!;
      if (ahead === null) return Promise.reject(new TypeError("connection refused"));
      const Date_ = new Date(NOW_MS - 500 + ahead).toUTCString();
      return Promise.resolve(new Response("", { status: 404, headers: { Date: Date_ } }));
    },
  };
}

async function look(name: string, changes: Partial<DoctorMachine>): Promise<string[]> {
  const checks = machineChecks({
    dataDir: "/var/lib/kez-chat",
    isLoopback: false,
    ...services(0),
    nowMs: () => NOW_MS,
    freeDisk: () => Promise.resolve({ share: 0.5, bytes: 2 ** 34 }),
    lastBackupMs: () => Promise.resolve(NOW_MS - HOUR_MS),
    ...changes,
  });
  const lines: string[] = [];
  await runChecks(checks.filter((check) => check.name === name), {
    timeoutMs: 1_000,
    print: (line) => lines.push(line),
  });
  return lines;
}

const disk = (share: number) => ({ freeDisk: () => Promise.resolve({ share, bytes: 2 ** 30 }) });
const backup = (ageMs: number | null) => ({
  lastBackupMs: () => Promise.resolve(ageMs === null ? null : NOW_MS - ageMs),
});

Deno.test("each look at the machine has a verdict, and a cure where it is not well", async () => {
  const cases: [string, Partial<DoctorMachine>, Verdict["state"], RegExp][] = [
    ["clock", services(0), "ok", /as others have it/],
    ["clock", services(2_000, -1_000, 0), "ok", /as others have it/],
    ["clock", services(0, 0, 86_400_000), "ok", /as others have it/],
    ["clock", services(30_000), "warn", /30 s behind others/],
    ["clock", services(-3_600_000), "bad", /3600 s ahead of others: registrations/],
    ["clock", services(null), "warn", /nobody could be asked/],
    ["disk", disk(0.5), "ok", /50 % \(1\.0 GiB\)/],
    ["disk", disk(0.07), "warn", /7 %/],
    ["disk", disk(0.04), "bad", /uploads are refused/],
    ["disk", { freeDisk: () => Promise.reject(new Error("no such folder")) }, "bad", /no such/],
    ["push", services(0), "ok", /fcm\.googleapis\.com, .*mozilla\.com, .*apple\.com/],
    ["push", services(0, null, 0), "warn", /^.*mozilla\.com: connection refused$/],
    ["push", services(null), "bad", /fcm.*refused; .*mozilla.*refused; .*apple/],
    ["backup", backup(HOUR_MS), "ok", /made 1 hour ago/],
    ["backup", backup(-HOUR_MS), "ok", /made 0 hours ago/],
    ["backup", backup(3 * 24 * HOUR_MS), "warn", /made 3 days ago/],
    ["backup", backup(8 * 24 * HOUR_MS), "bad", /made 8 days ago/],
    ["backup", backup(null), "bad", /none was made yet/],
  ];
  for (const [name, changes, state, says] of cases) {
    const [line, next] = await look(name, changes);
    assert.match(line!, new RegExp(`^${state} +${name}  `));
    assert.match(line!, says);
    if (state === "ok") assert.equal(next, undefined);
    else assert.match(next!, /^ +→ ./);
  }
});

Deno.test("for a server of this machine alone nobody else is asked", async () => {
  const fetch = () => assert.fail("somebody was asked");
  for (const name of ["clock", "push"]) {
    assert.match((await look(name, { isLoopback: true, fetch }))[0]!, /^skipped /);
  }
});

import assert from "node:assert/strict";
import { startBrowser } from "../support/browser.ts";
import { inspectScreen } from "../support/screens.ts";
import { startKezChat } from "../support/server.ts";
import { introduce } from "./actions.ts";
import { attach, LETTER, sendChosen, throttle } from "./attachment_actions.ts";

const MICROPHONE = {
  hasQuickPassphrases: true,
  hasServiceWorker: false,
  flags: ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"],
};

Deno.test("a voice message is recorded, arrives with its waveform, and is played at another speed", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser(MICROPHONE);
  const { alice, bob } = await introduce({ server, browser });
  await alice.getByRole("button", { name: "Record voice message" }).click();
  const recorder = alice.getByRole("group", { name: "Recording" });
  await recorder.getByText("0:02").waitFor();
  await inspectScreen(alice, "voice-recording");
  await recorder.getByRole("button", { name: "Send voice message" }).click();
  await recorder.waitFor({ state: "detached" });
  const note = bob.getByRole("log").getByRole("article").last();
  await note.getByRole("slider", { name: "Position" }).and(bob.locator(":enabled")).waitFor();
  const heights = () =>
    note.locator("svg rect").evaluateAll((bars) =>
      bars.map((bar) => Number(bar.getAttribute("height")))
    );
  while (Math.max(...await heights()) < 20) await bob.waitForFunction(() => true);
  await inspectScreen(bob, "voice-note");
  await note.getByRole("button", { name: "Speed 1×" }).click();
  await note.getByRole("button", { name: "Speed 1.5×" }).click();
  await note.getByRole("button", { name: "Speed 2×" }).waitFor();
  await note.getByRole("button", { name: "Play" }).click();
  const audio = note.locator("audio");
  await note.getByRole("button", { name: "Pause" }).waitFor();
  assert.equal(await audio.evaluate((element) => (element as HTMLAudioElement).playbackRate), 2);
  await note.getByRole("button", { name: "Play" }).waitFor();
  await bob.getByRole("navigation", { name: "Conversations" }).getByText("Voice message").waitFor();
});

Deno.test("a voice message that comes slowly can be cancelled, and played later", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser(MICROPHONE);
  const { alice, bob } = await introduce({ server, browser });
  // What shows files has come before it gets slow.
  await attach(alice, LETTER, { item: "File" });
  await sendChosen(alice);
  await bob.getByRole("button", { name: `Save ${LETTER.name}` }).waitFor();
  const setSpeed = await throttle(bob);
  // What tells of the message comes as slowly.
  await setSpeed(2_000);
  await alice.getByRole("button", { name: "Record voice message" }).click();
  const recorder = alice.getByRole("group", { name: "Recording" });
  await recorder.getByText("0:05").waitFor();
  await recorder.getByRole("button", { name: "Send voice message" }).click();
  const note = bob.getByRole("log").getByRole("article").last();
  await note.getByRole("progressbar", { name: /^Downloading, [1-9]\d* %$/ }).waitFor();
  await note.getByRole("button", { name: "Cancel download" }).focus();
  await bob.keyboard.press("Enter");
  const play = note.getByRole("button", { name: "Play" });
  await play.waitFor();
  assert.ok(await play.evaluate((button) => button === document.activeElement));
  await setSpeed(-1);
  await bob.keyboard.press("Enter");
  await note.getByRole("button", { name: "Pause" }).waitFor();
});

Deno.test("a recording that is cancelled leaves nothing", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser(MICROPHONE);
  const { alice } = await introduce({ server, browser });
  const before = await alice.getByRole("log").getByRole("article").count();
  await alice.getByRole("button", { name: "Record voice message" }).click();
  await alice.getByRole("group", { name: "Recording" }).getByText("0:01").waitFor();
  await alice.getByRole("button", { name: "Cancel recording" }).click();
  await alice.getByRole("textbox", { name: "Message" }).waitFor();
  assert.equal(await alice.getByRole("log").getByRole("article").count(), before);
});

Deno.test("where the microphone is not allowed it is said how to allow it", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({
    flags: ["--use-fake-device-for-media-stream"],
    asksPermissions: true,
  });
  const { alice } = await introduce({ server, browser });
  await alice.getByRole("button", { name: "Record voice message" }).click();
  await alice.getByRole("alert").getByText(/^The microphone is not allowed here/).waitFor();
  await inspectScreen(alice, "voice-denied");
  await alice.keyboard.press("Escape");
  await alice.getByRole("textbox", { name: "Message" }).waitFor();
});

Deno.test("where there is no microphone that is said", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const { alice } = await introduce({ server, browser });
  await alice.getByRole("button", { name: "Record voice message" }).click();
  await alice.getByRole("alert").getByText("No microphone was found.").waitFor();
  await inspectScreen(alice, "voice-missing");
  await alice.getByRole("group", { name: "Recording" }).getByRole("button", { name: "Try again" })
    .click();
  await alice.getByRole("alert").getByText("No microphone was found.").waitFor();
  await alice.keyboard.press("Escape");
  await alice.getByRole("textbox", { name: "Message" }).waitFor();
});

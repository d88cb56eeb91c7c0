/** Development only: reloads the page as soon as the server has another build of it. */

const INTERVAL_MS = 1000;

let current: string | null = null;

async function pageVersion(): Promise<string | null> {
  const answer = await fetch("/", { headers: { accept: "text/html" }, cache: "no-store" });
  return answer.ok ? await answer.text() : null;
}

async function look(): Promise<void> {
  try {
    const version = await pageVersion();
    if (current !== null && version !== null && version !== current) location.reload();
    current ??= version;
  } catch (error) {
    // The server is being restarted; the next look will find it.
    console.debug("kez-chat is restarting", error);
  }
  setTimeout(look, INTERVAL_MS);
}

look();

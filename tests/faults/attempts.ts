/** What each attempt came to: `allowed`, or the name of the error. */
export type Outcomes = Record<string, string>;

/** Runs attempts one after another. */
export async function tryAll(attempts: Record<string, () => unknown>): Promise<Outcomes> {
  const outcomes: Outcomes = {};
  for (const [name, attempt] of Object.entries(attempts)) {
    try {
      await attempt();
      outcomes[name] = "allowed";
    } catch (error) {
      outcomes[name] = error instanceof Error ? error.name : String(error);
    }
  }
  return outcomes;
}

/**
 * A task that runs once at a time. Whoever asks for it while it runs lets it run once more behind that, with what is so
 * then. The task deals with its own failures.
 */
export function oneAtATime(task: () => Promise<void>): () => Promise<void> {
  let isRunning = false;
  let isAskedAgain = false;
  return async () => {
    isAskedAgain = true;
    if (isRunning) return;
    isRunning = true;
    try {
      while (isAskedAgain) {
        isAskedAgain = false;
        await task();
      }
    } finally {
      isRunning = false;
    }
  };
}

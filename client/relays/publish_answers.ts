import type { PublishAnswer } from "./publisher.ts";

/** The first acceptance; where there is none, the refusal that leaves the most hope. */
export async function firstAcceptance<Answer extends PublishAnswer>(
  attempts: Promise<Answer>[],
): Promise<Answer> {
  const accepted = attempts.map(async (attempt) => {
    const answer = await attempt;
    return answer.accepted ? answer : Promise.reject(answer);
  });
  try {
    return await Promise.any(accepted);
  } catch (error) {
    if (!(error instanceof AggregateError)) throw error;
    const answers = error.errors as Answer[];
    return answers.find(({ message }) => !isPermanent(message)) ?? answers[0]!;
  }
}

/** True where trying again changes nothing. (NIP-01's prefixes) */
export function isPermanent(message: string): boolean {
  return /^(?:blocked|invalid|restricted|auth-required|pow):/.test(message);
}

/** What a call may do besides answering. */
export interface CallContext {
  /** Hands the caller a part of the answer before its end; ends when the caller has taken it. */
  send(part: unknown): Promise<void>;
  /** Aborted when the caller has nothing more to say, or is gone; a call that takes long then ends. */
  signal: AbortSignal;
}

/**
 * One thing that the commands of administration ask of whoever has the data open. Parameters and answers are JSON.
 *
 * @throws StartFault with words for the operator; whatever else is thrown is a fault of the server
 */
export type ControlCall = (params: unknown, context: CallContext) => Promise<unknown>;

/** Calls by their names, like `invite.create`. */
export type ControlCalls = Readonly<Record<string, ControlCall>>;

/**
 * Asks by name. Parts of the answer are given to `onPart` one after another.
 *
 * @throws StartFault with words for the operator
 */
export type AskControl = (
  name: string,
  params?: unknown,
  onPart?: (part: unknown) => void | Promise<void>,
) => Promise<unknown>;

import type { Msg, NatsConnection } from "@nats-io/nats-core/internal";
import { errorText, type Log } from "../log.ts";
import { Problem } from "../problems.ts";
import type { Callout } from "./callout.ts";
import type { NkeySigner } from "./nkeys.ts";

/** Opens a connection that stays, whatever happens to the server meanwhile. */
export type OpenConnection = (
  url: string,
  options: {
    login: NkeySigner;
    name: string;
    maxReconnectAttempts: number;
    ignoreAuthErrorAbort: boolean;
    timeout: number;
  },
) => Promise<NatsConnection>;

/** Answers what nats-servers ask. */
export interface Subscriber {
  /** Closes the connection, or ends looking for a server. */
  stop(): Promise<void>;
}

export interface SubscriberDeps {
  url: string;
  login: NkeySigner;
  callout: Callout;
  connect: OpenConnection;
  /** Runs something later; returns what prevents it. */
  afterMs(ms: number, run: () => void): () => void;
  log: Log;
}

const SUBJECT = "$SYS.REQ.USER.AUTH";
/** Each request goes to one of the processes that share it. */
const QUEUE = "kez-chat";
const CONNECT_MS = 5_000;
const RETRY_MS = 2_000;
const MAX_TOKEN_BYTES = 64 * 1024;
/** What is more is refused at once: nats-server waits two seconds for an answer. */
const MAX_IN_FLIGHT = 256;

/** Answers authorization requests over NATS until it is stopped, also of a server that comes later or comes back. */
export function startSubscriber(deps: SubscriberDeps): Subscriber {
  const stopping = Promise.withResolvers<null>();
  const done = run(deps, stopping.promise);
  return {
    async stop() {
      stopping.resolve(null);
      await done;
    },
  };
}

async function run(deps: SubscriberDeps, stopping: Promise<null>): Promise<void> {
  let isStopped = false;
  while (!isStopped) {
    const connection = await openConnection(deps, stopping);
    isStopped = !connection || await serve(connection, deps, stopping);
  }
}

/** Answers over a connection until its end. Returns whether that is because it was stopped. */
async function serve(
  connection: NatsConnection,
  { callout, log }: SubscriberDeps,
  stopping: Promise<null>,
): Promise<boolean> {
  const answers = createAnswers({ callout, log });
  const subscription = connection.subscribe(SUBJECT, { queue: QUEUE, callback: answers.take });
  log.info("nats.connected");
  const told = tellOfChanges(connection, log);
  const isStopped = await Promise.race([stopping, connection.closed()]) === null;
  if (isStopped) {
    subscription.unsubscribe();
    await answers.settled();
    await connection.close();
  }
  await told;
  return isStopped;
}

/** Null where it is stopped before a server was there. */
async function openConnection(
  { url, login, connect, afterMs, log }: SubscriberDeps,
  stopping: Promise<null>,
): Promise<NatsConnection | null> {
  const options = {
    login,
    name: "kez-chat",
    maxReconnectAttempts: -1,
    // The nkey may be let in again once nats.conf is put right.
    ignoreAuthErrorAbort: true,
    timeout: CONNECT_MS,
  };
  for (let failures = 0;; failures++) {
    const connecting = connect(url, options).catch((error: unknown) => {
      const fields = { reason: errorText(error), hint: "it is tried again every two seconds" };
      if (failures === 0) log.warn("nats.unreachable", fields);
    });
    const connection = await Promise.race([connecting, stopping]);
    if (connection) return connection;
    if (connection === null) {
      void connecting.then((late) => late?.close());
      return null;
    }
    const waited = Promise.withResolvers<undefined>();
    const cancel = afterMs(RETRY_MS, () => waited.resolve(undefined));
    if (await Promise.race([waited.promise, stopping]) === null) return cancel(), null;
  }
}

async function tellOfChanges(connection: NatsConnection, log: Log): Promise<void> {
  for await (const status of connection.status()) {
    if (status.type === "disconnect") log.warn("nats.disconnected");
    else if (status.type === "reconnect") log.info("nats.connected");
    else if (status.type === "error") log.warn("nats.error", { reason: errorText(status.error) });
  }
}

function createAnswers(deps: Pick<SubscriberDeps, "callout" | "log">) {
  const { log } = deps;
  const inFlight = new Set<Promise<void>>();
  /** Said once, until nothing is in flight: strangers bring it about. */
  let isOverloaded = false;

  async function answer(message: Msg): Promise<void> {
    const text = await answerOf(message.string(), deps);
    try {
      message.respond(text);
    } catch (error) {
      // The connection is gone, and with it whoever asked.
      log.warn("nats.unanswered", { reason: errorText(error) });
    }
  }

  return {
    take(error: Error | null, message: Msg): void {
      if (error) return log.warn("nats.error", { reason: errorText(error) });
      if (inFlight.size >= MAX_IN_FLIGHT || message.data.length > MAX_TOKEN_BYTES) {
        if (!isOverloaded) log.warn("nats.overloaded");
        isOverloaded = inFlight.size > 0;
        return void message.respond("");
      }
      const answering: Promise<void> = answer(message).finally(() => {
        inFlight.delete(answering);
        if (inFlight.size === 0) isOverloaded = false;
      });
      inFlight.add(answering);
    },
    /** Ends when nothing is in flight. */
    settled: () => Promise.all(inFlight),
  };
}

/** An empty answer refuses a connection: nats-server need not wait for one that never comes. */
async function answerOf(
  token: string,
  { callout, log }: Pick<SubscriberDeps, "callout" | "log">,
): Promise<string> {
  try {
    return await callout.answer(token);
  } catch (error) {
    if (error instanceof Problem) log.warn("nats.refused", { code: error.code });
    else log.error("nats.failed", { reason: errorText(error) });
    return "";
  }
}

import type { ConnectionOptions, Server, ServerInfo } from "@nats-io/nats-core";
import {
  checkOptions,
  extractProtocolMessage,
  INFO,
  type Transport,
} from "@nats-io/nats-core/internal";
import { VERSION } from "../version.ts";

const READ_BYTES = 64 * 1024;
/** A server introduces itself in a few hundred bytes, and a cluster in some more. */
const MAX_INFO_BYTES = 64 * 1024;

/**
 * Carries NATS over TCP and TLS. The transport that the NATS authors have for Deno is on JSR alone, and the one for Node
 * asks for more permissions than the server has.
 */
export function createDenoTransport(): Transport {
  return new DenoTransport();
}

class DenoTransport implements Transport {
  readonly lang = "deno";
  readonly version = VERSION;
  closeError?: Error;
  #connection: Deno.TcpConn | Deno.TlsConn | null = null;
  #isEncrypted = false;
  /** Only the end of a connection that was one is told: of one that failed, whoever opened it knows already. */
  #wasConnected = false;
  #isDone = false;
  /** What came before the reader was there. */
  #greeting = new Uint8Array();
  #lastWrite: Promise<void> = Promise.resolve();
  #closed = Promise.withResolvers<void | Error>();

  /** @throws Error where the server is not there, is none of NATS, or has no TLS though that is wanted */
  async connect({ hostname, port, tlsName }: Server, options: ConnectionOptions): Promise<void> {
    const tcp = await Deno.connect({ hostname, port });
    if (this.#isDone) return tcp.close();
    this.#connection = tcp;
    tcp.setNoDelay(true);
    const info = await this.#readInfo(tcp);
    checkOptions(info, options);
    if (options.tls || info.tls_required) {
      this.#connection = await Deno.startTls(tcp, { hostname: tlsName || hostname });
      this.#isEncrypted = true;
    }
    this.#wasConnected = true;
  }

  /** Ends with the connection, and keeps the reason of that for `closeError`. */
  async *[Symbol.asyncIterator](): AsyncIterableIterator<Uint8Array> {
    yield this.#greeting;
    const buffer = new Uint8Array(READ_BYTES);
    while (!this.#isDone) {
      const length = await this.#read(buffer);
      if (length === null) break;
      yield buffer.slice(0, length);
    }
    this.#end();
  }

  send(frame: Uint8Array): void {
    // The parser reuses its buffers.
    const bytes = frame.slice();
    this.#lastWrite = this.#lastWrite.then(() => this.#write(bytes));
  }

  async close(error?: Error): Promise<void> {
    // What was sent before goes out before the end, unless the connection is broken.
    if (!error) await this.#lastWrite;
    this.#end(error);
  }

  disconnect(): void {
    void this.close();
  }

  discard(): void {
    this.#wasConnected = false;
    this.#end();
  }

  isEncrypted(): boolean {
    return this.#isEncrypted;
  }

  get isClosed(): boolean {
    return this.#isDone;
  }

  closed(): Promise<void | Error> {
    return this.#closed.promise;
  }

  async #readInfo(connection: Deno.TcpConn): Promise<ServerInfo> {
    const buffer = new Uint8Array(READ_BYTES);
    while (this.#greeting.length <= MAX_INFO_BYTES) {
      const length = await connection.read(buffer);
      if (length === null) break;
      this.#greeting = Uint8Array.from([...this.#greeting, ...buffer.subarray(0, length)]);
      const line = extractProtocolMessage(this.#greeting);
      if (line === "") continue;
      const info = INFO.exec(line)?.[1];
      if (info !== undefined) return JSON.parse(info);
      break;
    }
    throw new Error("something else than a NATS server listens there");
  }

  async #read(buffer: Uint8Array): Promise<number | null> {
    try {
      return await this.#connection!.read(buffer);
    } catch (error) {
      this.#fail(error);
      return null;
    }
  }

  async #write(bytes: Uint8Array): Promise<void> {
    try {
      for (let offset = 0; offset < bytes.length && !this.#isDone;) {
        offset += await this.#connection!.write(bytes.subarray(offset));
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    // Whatever a connection says after it was closed here is no failure.
    if (!this.#isDone) this.#end(error instanceof Error ? error : new Error(String(error)));
  }

  #end(error?: Error): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.closeError = error;
    this.#connection?.close();
    if (this.#wasConnected) this.#closed.resolve(error);
  }
}

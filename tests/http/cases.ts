import assert from "node:assert/strict";
import type { ProblemCode } from "../../server/problems.ts";
import { openTestHttp, type TestHttp } from "./support.ts";

/** One request and what must come back. */
export interface HttpCase {
  name: string;
  method?: string;
  path: string;
  headers?: Record<string, string>;
  /** An object is sent as JSON. */
  body?: unknown;
  peer?: string;
  status: number;
  /** The answer is a problem of this code. */
  problem?: ProblemCode;
  /** Null: the header is not there. */
  answerHeaders?: Record<string, string | RegExp | null>;
  /** The whole body, as JSON or as text. */
  answer?: unknown;
}

/** A table of cases, each over storage of its own that `prepare` has filled. */
export function testCases(
  group: string,
  { cases, prepare, open = openTestHttp }: {
    cases: HttpCase[];
    prepare?: (http: TestHttp) => Promise<unknown>;
    open?: () => Promise<TestHttp>;
  },
): void {
  for (const one of cases) {
    Deno.test(`${group}: ${one.name}`, async () => {
      await using http = await open();
      await prepare?.(http);
      await checkCase(http, one);
    });
  }
}

/** Sends one request and compares all that the case says. Returns the answer's body. */
export async function checkCase(http: TestHttp, one: HttpCase): Promise<unknown> {
  const response = await http.fetch(one.path, {
    method: one.method ?? "GET",
    headers: one.headers,
    body: bodyOf(one.body),
    peer: one.peer,
  });
  const text = await response.text();
  assert.equal(response.status, one.status, text);
  assert.equal(response.headers.get("X-Content-Type-Options"), "nosniff");
  checkHeaders(response, one.answerHeaders ?? {});
  const isJson = /json/.test(response.headers.get("Content-Type") ?? "");
  const body = isJson && text !== "" ? JSON.parse(text) : text;
  if (one.problem) checkProblem(response, { body, code: one.problem });
  if ("answer" in one) assert.deepEqual(body, one.answer);
  return body;
}

/** Checks the form that every problem has. (RFC 9457) */
export function checkProblem(
  response: Response,
  { body, code }: { body: Record<string, unknown>; code: ProblemCode },
): void {
  assert.equal(response.headers.get("Content-Type"), "application/problem+json");
  assert.equal(body.code, code, JSON.stringify(body));
  assert.equal(body.type, `urn:kez-chat:problem:${code}`);
  assert.equal(body.status, response.status);
  assert.equal(typeof body.title, "string");
  assert.match(String(body.detail), /\S.*[.!)…]$|\?resource=/);
}

function checkHeaders(response: Response, expected: Record<string, string | RegExp | null>): void {
  for (const [name, value] of Object.entries(expected)) {
    const actual = response.headers.get(name);
    if (value instanceof RegExp) assert.match(actual ?? "", value, name);
    else assert.equal(actual, value, name);
  }
}

function bodyOf(body: unknown): BodyInit | undefined {
  if (body === undefined) return undefined;
  return typeof body === "string" || body instanceof Uint8Array || body instanceof ReadableStream
    ? body as BodyInit
    : JSON.stringify(body);
}

/** The official JavaScript library against a running service. */
import { ApiException, Svix } from "svix";
import { expect } from "vitest";
import { startTestService, type TestService } from "../support/service.ts";

export interface SvixService {
  readonly posthorn: TestService;
  /** A client with a key of the installation. */
  readonly svix: Svix;
  /** The key of that client. */
  readonly token: string;
}

export async function startSvixService(
  environment: Readonly<Record<string, string>> = {},
): Promise<SvixService> {
  const posthorn = await startTestService({ environment });
  const { row } = await posthorn.api.post("/rest/v1/api_keys", { role: "svix_api" });
  const token = String(row["key"]);
  return { posthorn, token, svix: clientWith(posthorn, token) };
}

export function clientWith(posthorn: TestService, token: string): Svix {
  return new Svix(token, { serverUrl: posthorn.service.url });
}

/** What the library throws: the status and the body. */
export interface Refused {
  readonly code: number;
  readonly body: { readonly code?: string; readonly detail?: unknown };
}

export async function refusal(call: Promise<unknown>): Promise<Refused> {
  const error: unknown = await call.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ApiException);
  const { code, body } = error as ApiException<Refused["body"]>;
  return { code, body };
}

/** The places of the problems of a 422. */
export function placesOf({ code, body }: Refused): readonly string[] {
  expect(code).toBe(422);
  const problems = body.detail as readonly {
    readonly loc: readonly string[];
    readonly msg: string;
    readonly type: string;
  }[];
  for (const { msg, type } of problems) expect([msg, type]).not.toContain("");
  return problems.map(({ loc }) => loc.join("."));
}

/** Sends a request that the library cannot send. */
export async function rawRequest(
  { posthorn, token }: SvixService,
  method: string,
  path: string,
  options: { readonly body?: string; readonly headers?: Readonly<Record<string, string>> } = {},
): Promise<{ readonly status: number; readonly headers: Headers; readonly json: unknown }> {
  const response = await fetch(posthorn.service.url + path, {
    method,
    headers: { authorization: `Bearer ${token}`, ...options.headers },
    ...(options.body === undefined ? {} : { body: options.body }),
  });
  const text = await response.text();
  const json: unknown = text === "" ? undefined : JSON.parse(text);
  return { status: response.status, headers: response.headers, json };
}

import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { limits } from "../limits.ts";
import { Api } from "./api.ts";

let server: Server;
let url: string;
let respond: (response: ServerResponse) => void;
const keys: unknown[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    keys.push(request.headers["apikey"]);
    respond(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const api = (): Api => new Api({ url, key: "phk_test", profile: null });

test("a request ends after commandRequestMs", async () => {
  respond = () => undefined;
  const real = AbortSignal.timeout.bind(AbortSignal);
  const timeout = vi.spyOn(AbortSignal, "timeout").mockImplementation(() => real(20));
  const error = await api()
    .list("webhook_endpoints")
    .catch((each: unknown) => each);
  expect(timeout).toHaveBeenCalledWith(limits.commandRequestMs);
  timeout.mockRestore();
  expect(error).toMatchObject({ code: "PH_API_UNREACHABLE" });
  expect(String(error)).toContain("within 30 s");
});

test("a redirect is not followed: the key would go with it", async () => {
  respond = (response) => void response.writeHead(307, { location: `${url}/elsewhere` }).end();
  keys.length = 0;
  await expect(api().list("webhook_endpoints")).rejects.toMatchObject({
    code: "PH_API_UNREACHABLE",
  });
  expect(keys).toEqual(["phk_test"]);
});

test("the response of another program is reported as such", async () => {
  respond = (response) => void response.writeHead(200).end("<html>");
  await expect(api().list("webhook_endpoints")).rejects.toMatchObject({ code: "PH_API_OTHER" });
  respond = (response) => void response.writeHead(502).end("<html>");
  await expect(api().list("webhook_endpoints")).rejects.toMatchObject({
    code: "HTTP_502",
    status: 502,
  });
});

test("without a key, nothing is sent", async () => {
  keys.length = 0;
  const listing = new Api({ url, key: null, profile: null }).list("webhook_endpoints");
  await expect(listing).rejects.toMatchObject({ code: "PH_API_KEY_NOT_SET" });
  expect(keys).toEqual([]);
});

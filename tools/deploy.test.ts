/**
 * The files that install Posthorn match the program: variable names, ports, paths and stop
 * timeouts. These tests need neither Docker nor systemd nor Kubernetes.
 */
import { Ajv } from "ajv";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { variables } from "../packages/server/src/config/variables.ts";
import { exitCodes } from "../packages/server/src/errors/exit-codes.ts";
import { programForDocs } from "./command-line-page.ts";
import {
  chart,
  chartValues,
  composeFiles,
  composeService,
  deployFiles,
  dockerEnvironment,
  dockerInstructions,
  environments,
  exists,
  read,
  unitSettings,
  variableNames,
} from "./deploy.ts";

interface Manifest {
  readonly version: string;
  readonly engines: { readonly node: string };
  readonly workspaces?: readonly string[];
  readonly bin?: Readonly<Record<string, string>>;
}

const manifest = (folder: string): Manifest =>
  JSON.parse(read(`${folder}/package.json`)) as Manifest;
const port = String(variables.port.parse(undefined));
const commands = programForDocs().commands.map((command) => command.name());

describe("variables", () => {
  test("every name in these files and their pages exists", () => {
    const unknown = deployFiles().flatMap(({ name, text }) =>
      [...text.matchAll(/\bPOSTHORN_[A-Z_]+\b/g)]
        .filter(([variable]) => !variableNames.has(variable))
        .map(([variable]) => `${name}: ${variable}`),
    );
    expect(unknown).toEqual([]);
  });

  test.each(environments())("$file sets only values that are allowed", ({ values }) => {
    for (const { name, parse: parseValue } of Object.values(variables)) {
      const value = values[name];
      // Compose fills in this value from the secrets of the installation.
      if (value === undefined || value.includes("${")) continue;
      expect(() => parseValue(value), `${name}=${value}`).not.toThrow();
    }
  });
});

describe("times to stop", () => {
  test.each(environments())("$file waits longer than the drain", ({ values, stopSeconds }) => {
    const drainMs = variables.drainMs.parse(values["POSTHORN_DRAIN"]);
    const preStopDelayMs = variables.preStopDelayMs.parse(values["POSTHORN_LINGER"]);
    // The stop timeout that the description of POSTHORN_DRAIN requires.
    expect(stopSeconds * 1000).toBeGreaterThanOrEqual(drainMs + preStopDelayMs + 5_000);
  });

  test("the chart's pod has the time for its preStop hook, too", () => {
    const deployment = read(`${chart}/templates/deployment.yaml`);
    expect(deployment).toContain(
      "terminationGracePeriodSeconds: {{ add .preStopSeconds .drainSeconds .closeSeconds }}",
    );
    expect(deployment).toContain('command: [sleep, "{{ .Values.stop.preStopSeconds }}"]');
    expect(deployment).toContain(
      '{ name: POSTHORN_DRAIN, value: "{{ .Values.stop.drainSeconds }}s" }',
    );
  });
});

describe("Dockerfile", () => {
  const instructions = dockerInstructions();
  const of = (name: string): readonly string[] =>
    instructions
      .filter((line) => line.startsWith(`${name} `))
      .map((line) => line.slice(name.length + 1).trim());
  /** The files of the repository that the Dockerfile copies. */
  const copied = of("COPY")
    .filter((line) => !line.startsWith("--from"))
    .flatMap((line) => line.split(/\s+/).slice(0, -1));

  test("copies the manifest of every workspace, and only files that exist", () => {
    expect(copied.filter((source) => !exists(source))).toEqual([]);
    const manifests = copied.filter((source) => source.endsWith("/package.json"));
    expect(manifests).toEqual(manifest(".").workspaces?.map((name) => `${name}/package.json`));
  });

  test("builds nothing from what .dockerignore leaves out", () => {
    const patterns = read(".dockerignore")
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"));
    // The folders and names that the build reads. No pattern of .dockerignore may exclude them.
    const needed = "bench drills packages src server consumer console docs receivers.md tools";
    const inputs = new Set([...needed.split(" "), ...copied.flatMap((name) => name.split("/"))]);
    const leftOut = patterns.map((pattern) => pattern.replace(/^\*\*\//, "").replace("*", ""));
    expect(leftOut.filter((name) => inputs.has(name))).toEqual([]);
  });

  test("has a Node.js that the package accepts", () => {
    const least = /\d+/.exec(manifest("packages/server").engines.node)?.[0];
    const version = of("ARG").find((line) => line.startsWith("NODE_VERSION="));
    expect(Number(version?.split("=")[1])).toBeGreaterThanOrEqual(Number(least));
  });

  test("runs as a user that is not root, and that Kubernetes recognizes as such", () => {
    expect(of("USER")).toEqual([expect.stringMatching(/^[1-9]\d*:[1-9]\d*$/)]);
  });

  test("links the package's command, and starts a command that exists", () => {
    const bin = manifest("packages/server").bin?.["posthorn"] ?? "";
    const link = `ln -s /app/node_modules/posthorn/${bin.slice(2)} /usr/local/bin/posthorn`;
    expect(of("RUN").join("\n")).toContain(link);
    const [entry, command] = [of("ENTRYPOINT")[0] ?? "", of("CMD")[0] ?? ""];
    expect(JSON.parse(entry)).toEqual(["tini", "--", "posthorn"]);
    expect(commands).toContain((JSON.parse(command) as string[])[0]);
  });

  test("exposes the default port, listens on it from outside, and checks it", () => {
    expect(of("EXPOSE")).toEqual([port]);
    expect(dockerEnvironment()["POSTHORN_HOST"]).toBe("0.0.0.0");
    expect(dockerEnvironment()["POSTHORN_PORT"]).toBeUndefined();
    const [check = ""] = of("HEALTHCHECK");
    expect(check).toContain(`process.env.POSTHORN_PORT || ${port}}/healthz`);
  });

  test("keeps the data folder in a volume", () => {
    expect(of("VOLUME")).toEqual([dockerEnvironment()["POSTHORN_DATA_DIR"]]);
  });
});

describe("Compose", () => {
  test.each(composeFiles)("%s publishes the default port on the loopback address", (file) => {
    expect(composeService(file).ports).toEqual([`127.0.0.1:${port}:${port}`]);
  });
});

describe("systemd", () => {
  test("does not repeat a start that cannot succeed", () => {
    expect(unitSettings("RestartPreventExitStatus")).toEqual([String(exitCodes.unusable)]);
    expect(unitSettings("Restart")).toEqual(["on-failure"]);
  });

  test("signals Posthorn alone, which stops its own PostgreSQL last", () => {
    expect(unitSettings("KillMode")).toEqual(["mixed"]);
  });

  test("starts the package's command, with its data in the state folder", () => {
    const bin = manifest("packages/server").bin?.["posthorn"] ?? "";
    const [start = ""] = unitSettings("ExecStart");
    expect(start).toContain(`/node_modules/posthorn/${bin.slice(2)} serve`);
    expect(unitSettings("Environment")).toContain(
      `POSTHORN_DATA_DIR=/var/lib/${unitSettings("StateDirectory")[0]}`,
    );
  });
});

describe("Helm chart", () => {
  const schema = JSON.parse(read(`${chart}/values.schema.json`)) as object;
  const accepts = new Ajv({ strict: false }).compile(schema);
  const values = { ...chartValues(), image: { repository: "r" }, existingSecret: "s" };

  test("has values that its schema accepts, once the required ones are set", () => {
    expect(accepts(values), JSON.stringify(accepts.errors)).toBe(true);
    expect(accepts(chartValues())).toBe(false);
  });

  test.each([
    ["an unknown value", { replica: 1 }],
    ["no replica", { replicas: 0 }],
    ["a secret in env", { env: { POSTHORN_ADMIN_KEY: "k" } }],
    ["a drain beside stop.drainSeconds", { env: { POSTHORN_DRAIN: "1s" } }],
    ["a number in env, which Helm may write as 1e+06", { env: { POSTHORN_PAYLOAD_DAYS: 1 } }],
    ["too little time to close", { stop: { ...values.stop, closeSeconds: 4 } }],
    ["an ingress without a host", { ingress: { enabled: true, host: "" } }],
    ["a service monitor without its key", { serviceMonitor: { enabled: true } }],
  ])("its schema rejects %s", (_, change) => {
    expect(accepts({ ...values, ...change })).toBe(false);
  });

  test("uses every value, and no value that does not exist", () => {
    const templates = deployFiles().filter(({ name }) => name.startsWith(`${chart}/templates/`));
    const used = new Set(
      templates.flatMap(({ text }) =>
        [...text.matchAll(/\.Values\.(\w+)/g)].map(([, name = ""]) => name),
      ),
    );
    expect([...used].toSorted()).toEqual(Object.keys(chartValues()).toSorted());
  });

  test("runs the image's user, port, data and version", () => {
    const deployment = read(`${chart}/templates/deployment.yaml`);
    const user = dockerInstructions().find((line) => line.startsWith("USER "));
    expect(user).toBe(`USER ${/runAsUser: (\d+)/.exec(deployment)?.[1]}:1000`);
    expect(deployment).toContain(`containerPort: ${port}`);
    const { version, appVersion } = parse(read(`${chart}/Chart.yaml`)) as Record<string, string>;
    expect(appVersion).toBe(manifest("packages/server").version);
    expect(version).toMatch(/^\d+\.\d+\.\d+$/);
  });
});

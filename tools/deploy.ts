/** Reads the files that install Posthorn, for tools/deploy.test.ts. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { clientVariables } from "../packages/server/src/config/client-variables.ts";
import { variables } from "../packages/server/src/config/variables.ts";
import { root, sources } from "./sources.ts";

export const chart = "deploy/helm/posthorn";

export const read = (name: string): string => readFileSync(path.join(root, name), "utf8");
export const exists = (name: string): boolean => existsSync(path.join(root, name));

/** The variables with which one of these files starts Posthorn. */
export interface Environment {
  readonly file: string;
  readonly values: Readonly<Record<string, string>>;
  /** The seconds between the signal to stop and the kill. */
  readonly stopSeconds: number;
}

interface Compose {
  readonly services: Readonly<
    Record<
      string,
      {
        readonly environment: Readonly<Record<string, string>>;
        readonly ports?: readonly string[];
        readonly stop_grace_period: string;
      }
    >
  >;
}

export const composeFiles = ["compose.yaml", "compose.embedded.yaml"] as const;

export function composeService(file: string): Compose["services"][string] {
  const service = (parse(read(file)) as Compose).services["posthorn"];
  if (service === undefined) throw new Error(`${file} has no service posthorn.`);
  return service;
}

/** The instructions of the Dockerfile, one per line, without comments. */
export function dockerInstructions(): readonly string[] {
  const text = read("Dockerfile")
    .replaceAll(/^#.*\n/gm, "")
    .replaceAll(/\\\n/g, " ");
  return text.split("\n").filter((line) => line.trim() !== "");
}

export function dockerEnvironment(): Readonly<Record<string, string>> {
  const lines = dockerInstructions().filter((line) => line.startsWith("ENV "));
  return Object.fromEntries(
    lines.flatMap((line) =>
      [...line.matchAll(/(\w+)=(\S+)/g)].map(([, name, value]) => [name, value]),
    ),
  ) as Record<string, string>;
}

/** All values of a setting in the systemd unit, which may repeat a setting. */
export function unitSettings(name: string): readonly string[] {
  const matches = read("deploy/systemd/posthorn.service").matchAll(
    new RegExp(`^${name}=(.*)$`, "gm"),
  );
  return [...matches].map(([, value = ""]) => value);
}

export interface ChartValues {
  readonly image: { readonly repository: string };
  readonly stop: Readonly<Record<"preStopSeconds" | "drainSeconds" | "closeSeconds", number>>;
}

export const chartValues = (): ChartValues => parse(read(`${chart}/values.yaml`)) as ChartValues;

export function environments(): readonly Environment[] {
  const image = dockerEnvironment();
  const { drainSeconds, closeSeconds } = chartValues().stop;
  const unit = unitSettings("Environment").map((pair) => pair.split("=") as [string, string]);
  return [
    // The default timeout of `docker stop`.
    { file: "Dockerfile", values: image, stopSeconds: 10 },
    ...composeFiles.map((file) => {
      const service = composeService(file);
      const stopSeconds = Number.parseInt(service.stop_grace_period, 10);
      return { file, values: { ...image, ...service.environment }, stopSeconds };
    }),
    {
      file: "deploy/systemd/posthorn.service",
      values: Object.fromEntries(unit),
      stopSeconds: Number(unitSettings("TimeoutStopSec")[0]),
    },
    {
      file: `${chart}/values.yaml`,
      values: { ...image, POSTHORN_DRAIN: `${drainSeconds}s` },
      stopSeconds: drainSeconds + closeSeconds,
    },
  ];
}

export const variableNames: ReadonlySet<string> = new Set(
  [...Object.values(variables), ...Object.values(clientVariables)].map(({ name }) => name),
);

/** All files that install Posthorn, and the pages that describe them. */
export function deployFiles(): ReturnType<typeof sources> {
  const names = ["Dockerfile", ".dockerignore", ...composeFiles];
  return [
    ...names.map((name) => ({ name, text: read(name) })),
    ...sources("deploy", ""),
    ...sources("docs/operators", ".md"),
  ];
}

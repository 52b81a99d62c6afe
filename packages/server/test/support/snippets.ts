/** Reads the programs in the docs, and starts them exactly as printed. */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";

const docs = path.resolve(import.meta.dirname, "../../../../docs");

export interface Snippet {
  readonly language: string;
  readonly name: string;
  readonly title: string;
  /** The contracts whose deliveries the program verifies. Empty for a program that publishes. */
  readonly contracts: readonly string[];
  readonly code: string;
}

const fences = /```(\w+) run=(\w+) title="([^"]+)"(?: contracts=([\w,]+))?\n([\s\S]*?)```/g;

export async function snippetsOf(page: string): Promise<readonly Snippet[]> {
  const text = await readFile(path.join(docs, page), "utf8");
  return [...text.matchAll(fences)].map(
    ([, language = "", name = "", title = "", contracts, code = ""]) => ({
      language,
      name,
      title,
      contracts: contracts?.split(",") ?? [],
      code,
    }),
  );
}

/** The packages that a program needs and the workspace lacks. */
const packages: Readonly<Record<string, readonly string[]>> = {
  express: ["express@5", "standardwebhooks@1"],
  python_package: ["standardwebhooks"],
  fastapi: ["fastapi", "uvicorn", "standardwebhooks"],
  flask: ["flask", "standardwebhooks"],
  go_package: ["github.com/standard-webhooks/standard-webhooks/libraries"],
  rust_package: ["standardwebhooks", "tiny_http", "http"],
};

/** Programs that the tests cannot start. */
const untested = new Set([
  "ruby_package",
  "php_package",
  "csharp_package",
  "rails",
  "laravel",
  "spring",
]);

interface Toolchain {
  readonly program: string;
  readonly versionArgument: string;
  readonly extension: string;
  readonly install?: (names: readonly string[]) => readonly (readonly string[])[];
  readonly run: (file: string) => readonly string[];
}

const toolchains: Readonly<Record<string, Toolchain>> = {
  js: {
    program: process.execPath,
    versionArgument: "--version",
    extension: "mjs",
    install: (names) => [["npm", "install", "--no-audit", "--no-fund", ...names]],
    run: (file) => [process.execPath, file],
  },
  python: {
    program: "python3",
    versionArgument: "--version",
    extension: "py",
    install: (names) => [
      ["python3", "-m", "pip", "install", "--quiet", "--target", "packages", ...names],
    ],
    run: (file) => ["python3", file],
  },
  go: {
    program: "go",
    versionArgument: "version",
    extension: "go",
    install: (names) => [
      ["go", "mod", "init", "snippet"],
      ["go", "get", ...names],
    ],
    run: (file) => ["go", "run", file],
  },
  java: {
    program: "java",
    versionArgument: "-version",
    extension: "java",
    run: (file) => ["java", file],
  },
  rust: {
    program: "cargo",
    versionArgument: "--version",
    extension: "rs",
    install: (names) => [
      ["cargo", "init", "--quiet", "--name", "snippet"],
      ["cargo", "add", "--quiet", ...names],
    ],
    run: (file) => ["sh", "-c", 'cp "$0" src/main.rs && exec cargo run --quiet', file],
  },
  ruby: {
    program: "ruby",
    versionArgument: "--version",
    extension: "rb",
    run: (file) => ["ruby", file],
  },
  php: {
    program: "php",
    versionArgument: "--version",
    extension: "php",
    run: (file) => ["php", file],
  },
};

/** The programs that run in `npm test`. The others need minutes, another language or a registry. */
export function isQuick({ language, name }: Snippet): boolean {
  return language === "js" && packages[name] === undefined;
}

/** Whether the machine has everything that the program needs, except packages. */
export function isInstalled({ language, name }: Snippet): boolean {
  const toolchain = toolchains[language];
  if (toolchain === undefined || untested.has(name)) return false;
  return spawnSync(toolchain.program, [toolchain.versionArgument]).status === 0;
}

const installMsMax = 240_000;

/**
 * Writes the program into `folder` and installs its packages. Returns the command that starts the
 * program.
 */
export async function prepare(snippet: Snippet, folder: string): Promise<readonly string[]> {
  const { language, name, code } = snippet;
  const toolchain = toolchains[language];
  if (toolchain === undefined) throw new Error(`There is no toolchain for ${language}.`);
  await mkdir(path.join(folder, "temporary"), { recursive: true });
  const names = packages[name];
  // Without this file, npm would install the packages into the surrounding workspace.
  if (language === "js" && names !== undefined) {
    await writeFile(path.join(folder, "package.json"), '{ "private": true }\n');
  }
  for (const [program = "", ...words] of names === undefined
    ? []
    : (toolchain.install?.(names) ?? [])) {
    const { status, stderr } = spawnSync(program, words, { cwd: folder, timeout: installMsMax });
    if (status !== 0) throw new Error(`${program} ${words.join(" ")}: ${String(stderr)}`);
  }
  const extension = code.includes("require(") ? "cjs" : toolchain.extension;
  // The file must not have the name of a package that the program imports.
  const file = path.join(folder, `main.${extension}`);
  await writeFile(file, code);
  return toolchain.run(name === "nextjs" ? await serveHandler(file) : file);
}

/** Next.js would call the route's handler. In the test, a small server calls it. */
async function serveHandler(file: string): Promise<string> {
  const server = file.replace(/\.mjs$/, "-server.mjs");
  await writeFile(
    server,
    `import { createServer } from "node:http";
import { POST } from ${JSON.stringify(`./${path.basename(file)}`)};
createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const { headers, method } = request;
  const asked = new Request("http://127.0.0.1/", { method, headers, body: Buffer.concat(chunks) });
  const answer = await POST(asked);
  response.writeHead(answer.status).end();
}).listen(Number(process.env.PORT), "127.0.0.1");
`,
  );
  return server;
}

export interface RunningSnippet {
  readonly child: ChildProcess;
  output(): string;
  /** Resolves with the exit code. */
  readonly ended: Promise<number | null>;
}

export function start(
  [program = "", ...words]: readonly string[],
  folder: string,
  environment: Readonly<Record<string, string>>,
): RunningSnippet {
  const child = spawn(program, words, {
    cwd: folder,
    // Starts the program in its own process group, so that its child processes can be ended with
    // it.
    detached: true,
    env: {
      PATH: process.env["PATH"],
      HOME: process.env["HOME"],
      PYTHONPATH: path.join(folder, "packages"),
      // A killed build leaves temporary files behind. In this folder they are removed with the
      // program.
      TMPDIR: path.join(folder, "temporary"),
      ...environment,
    },
  });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const ended = once(child, "exit").then(([code]) => code as number | null);
  return { child, output: () => output, ended };
}

#!/usr/bin/env node
import { fileURLToPath } from "node:url";
import { loadCommand } from "./load-command.cjs";

await loadCommand(fileURLToPath(new URL("../dist/bundle", import.meta.url))).main(process.argv);

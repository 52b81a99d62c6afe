/** Loaded before a node's command: one of its modules is changed while it is read. */
import { register } from "node:module";

const { searchParams } = new URL(import.meta.url);
register("./break-hooks.js", import.meta.url, {
  data: {
    file: searchParams.get("file"),
    from: searchParams.get("from"),
    to: searchParams.get("to"),
  },
});

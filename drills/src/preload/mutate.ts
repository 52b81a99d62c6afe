/** Loaded before a node's command, to change one of its modules while Node loads it. */
import { register } from "node:module";

const { searchParams } = new URL(import.meta.url);
register("./mutate-hooks.js", import.meta.url, {
  data: {
    file: searchParams.get("file"),
    from: searchParams.get("from"),
    to: searchParams.get("to"),
  },
});

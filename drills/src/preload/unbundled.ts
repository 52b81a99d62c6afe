/**
 * The command `posthorn` from its separate modules, of which a mutation can change one. The usual
 * command is a single file.
 */
const { main } = (await import(
  new URL("../dist/main.js", import.meta.resolve("posthorn")).href
)) as { readonly main: (argv: readonly string[]) => Promise<void> };
await main(process.argv);

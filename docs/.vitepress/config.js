/** The docs site. `npm run build:docs` builds it; Posthorn serves it at `/docs/`. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import path from "node:path";
import { defineConfig } from "vitepress";
import { anchorOf } from "../../tools/anchor.ts";

const docs = path.resolve(import.meta.dirname, "..");

/** The first heading of a page. */
function titleOf(page) {
  const text = readFileSync(path.join(docs, `${page}.md`), "utf8");
  return /^# (.+)$/m.exec(text)?.[1] ?? page;
}

/** The pages of a folder, by name. */
const pagesIn = (folder) =>
  readdirSync(path.join(docs, folder))
    .filter((name) => name.endsWith(".md"))
    .toSorted()
    .map((name) => path.posix.join(folder, name.slice(0, -".md".length)));

/** The operators' pages, in the order of their first page. */
function operatorPages() {
  const first = readFileSync(path.join(docs, "operators/index.md"), "utf8");
  const placeOf = (page) => {
    const place = first.indexOf(`(${path.posix.basename(page)}.md`);
    return place === -1 ? Infinity : place;
  };
  const others = pagesIn("operators").filter((page) => page !== "operators/index");
  return ["operators/index", ...others.toSorted((a, b) => placeOf(a) - placeOf(b))];
}

const section = (text, pages, isClosed = false) => ({
  text,
  collapsed: isClosed,
  items: pages.map((page) => ({ text: titleOf(page), link: `/${page.replace(/index$/, "")}` })),
});

/** A link to a file outside of docs/ leads nowhere on the site, so its text names the file. */
function nameFilesOutside(markdown) {
  markdown.core.ruler.push("files-outside", ({ tokens, env }) => {
    const folder = path.posix.dirname(env.relativePath ?? "");
    for (const { children } of tokens) {
      for (const [index, token] of (children ?? []).entries()) {
        if (token.type !== "link_open") continue;
        const target = token.attrGet("href") ?? "";
        const file = path.posix.join(folder, target.split("#")[0]);
        if (/^[a-z]+:/.test(target) || !file.startsWith("..")) continue;
        const close = children.findIndex((each, at) => at > index && each.type === "link_close");
        token.tag = "span";
        token.attrs = [
          ["class", "source-path"],
          ["title", `In the repository: ${file.replace(/^(\.\.\/)+/, "")}`],
        ];
        children[close].tag = "span";
      }
    }
  });
}

/** Text such as `<the endpoint>` is no tag. GitHub shows it as it is written, too. */
function keepPlaceholders(markdown) {
  markdown.renderer.rules.html_inline = (tokens, index) => {
    const { content } = tokens[index];
    // VitePress itself puts an entity into the links of headings.
    return /^(?:<\/?(?:a|br)\b|&)/.test(content) ? content : markdown.utils.escapeHtml(content);
  };
}

/**
 * Puts the page's inline scripts into a file: the service's security headers allow scripts from
 * files only.
 */
function moveScripts(html, outDir, base) {
  const inline = /<script(?: id="[\w-]+")?>([\s\S]*?)<\/script>/g;
  return html.replaceAll(inline, (_, code) => {
    const hash = createHash("sha256").update(code).digest("hex").slice(0, 12);
    mkdirSync(path.join(outDir, "assets"), { recursive: true });
    writeFileSync(path.join(outDir, "assets", `inline.${hash}.js`), code);
    return `<script src="${base}assets/inline.${hash}.js"></script>`;
  });
}

// oxlint-disable-next-line import/no-default-export -- VitePress expects it
export default defineConfig({
  title: "Posthorn",
  description: "Posthorn sends a platform's webhooks.",
  base: "/docs/",
  cleanUrls: true,
  metaChunk: true,
  cacheDir: path.resolve(docs, "../node_modules/.cache/vitepress"),
  markdown: {
    // So that links to headings work here and in the repository.
    anchor: { slugify: anchorOf },
    config(markdown) {
      nameFilesOutside(markdown);
      keepPlaceholders(markdown);
    },
  },
  transformHtml: (html, _id, { siteConfig }) => moveScripts(html, siteConfig.outDir, "/docs/"),
  themeConfig: {
    search: { provider: "local" },
    outline: [2, 3],
    nav: [
      { text: "Docs", link: "/" },
      { text: "API", link: "/api", target: "_self" },
    ],
    sidebar: [
      section("Start here", ["index", "faq", "glossary"]),
      section("Publish events", ["publishing", "routing", "transformations"]),
      section("Receive webhooks", ["receivers", "frameworks"]),
      section("Manage endpoints", ["customers", "console"]),
      section("Operate", [
        ...operatorPages(),
        "contracts",
        "moving",
        "svix-api",
        "moving-from-svix",
        "security",
        "reliability",
        "fairness",
        "performance",
      ]),
      section("Reference", [...pagesIn("reference"), "dependencies"], true),
      section("Decisions", pagesIn("adr"), true),
    ],
  },
});

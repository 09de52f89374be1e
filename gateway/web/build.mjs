// Builds what the pages load into gateway/static/dist: hashed names, compressed siblings, and manifest.json.
// Inputs: css/, js/, icons.txt, the templates (for what they use of Tabler and of the icons), and package-lock.json.
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build as bundle, transform } from "esbuild";
import { PurgeCSS } from "purgecss";

const here = path.dirname(fileURLToPath(import.meta.url));
const package_ = path.join(here, "..", "gateway");
const dist = path.join(package_, "static", "dist");
// Chromium 100 (Android WebView) and iOS 15.4 are the oldest that are served (ui.md section 10).
const target = ["chrome100", "firefox115", "safari15.4"];
const manifest = {};

async function filesBelow(folder, endings) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && endings.includes(path.extname(entry.name)))
    .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name))
    .filter((file) => !file.startsWith(dist))
    .sort();
}

async function sources() {
  const pages = await filesBelow(package_, [".html", ".py"]);
  return [...pages, ...(await filesBelow(path.join(here, "js"), [".js"]))];
}

// A name is its content's: whoever has it once has it for ever.
async function put(name, content) {
  const bytes = Buffer.from(content);
  const digest = createHash("sha256").update(bytes).digest("hex").slice(0, 10);
  const { name: stem, ext } = path.parse(name);
  await serve(name, `${stem}.${digest}${ext}`, bytes);
}

async function serve(name, hashed, bytes) {
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } };
  await writeFile(path.join(dist, hashed), bytes);
  await writeFile(path.join(dist, `${hashed}.br`), brotliCompressSync(bytes, quality));
  await writeFile(path.join(dist, `${hashed}.gz`), gzipSync(bytes, { level: 9 }));
  manifest[name] = hashed;
}

async function minified(css) {
  return (await transform(css, { loader: "css", minify: true, charset: "utf8", target, legalComments: "none" })).code;
}

// Of Tabler only what the templates and modules name; then our own, which has the last word.
async function styles(files) {
  const tabler = await readFile(path.join(here, "node_modules/@tabler/core/dist/css/tabler.min.css"), "utf8");
  const [purged] = await new PurgeCSS().purge({
    content: files.filter((file) => !file.endsWith(".py")),
    css: [{ raw: tabler }],
    variables: true,
    keyframes: true,
    fontFace: true,
  });
  const own = await filesBelow(path.join(here, "css", "app"), [".css"]);
  const text = await Promise.all(own.map((file) => readFile(file, "utf8")));
  await put("app.css", await minified([purged.css, ...text].join("\n")));
  // Files directly in css/ are whole by themselves: pages without Tabler, and browsers without scripts.
  const whole = (await readdir(path.join(here, "css"))).filter((name) => name.endsWith(".css"));
  for (const name of whole) await put(name, await minified(await readFile(path.join(here, "css", name), "utf8")));
}

// Every file directly in js/ is a module that a page may load; what lies below js/lib is shared by them and comes as
// pieces of its own, so that each is small and is loaded once. The many of the review are told apart by naming them too.
async function modules() {
  const below = async (folder) => (await readdir(path.join(here, folder))).map((name) => path.join(here, folder, name));
  const pages = (await below("js")).filter((file) => file.endsWith(".js"));
  const parts = (await below("js/lib")).filter((file) => path.basename(file).startsWith("review-"));
  const made = await bundle({
    entryPoints: [...pages, ...parts],
    bundle: true,
    splitting: true,
    minify: true,
    format: "esm",
    charset: "utf8",
    target,
    outdir: dist,
    entryNames: "[name].[hash]",
    chunkNames: "shared.[hash]",
    metafile: true,
    write: false,
    legalComments: "none",
  });
  const outputs = new Map(Object.entries(made.metafile.outputs).map(([file, about]) => [path.basename(file), about]));
  const wanted = new Set();
  const want = (file) => {
    if (wanted.has(file)) return;
    wanted.add(file);
    for (const each of outputs.get(file).imports) if (!each.external) want(path.basename(each.path));
  };
  const page = ({ entryPoint }) => entryPoint && path.basename(path.dirname(entryPoint)) === "js";
  for (const [file, about] of outputs) if (page(about)) want(file);
  for (const { path: at, contents } of made.outputFiles) {
    const file = path.basename(at);
    const about = outputs.get(file);
    if (wanted.has(file)) await serve(page(about) ? path.basename(about.entryPoint) : file, file, Buffer.from(contents));
  }
  await put("htmx.js", await readFile(path.join(here, "node_modules/htmx.org/dist/htmx.min.js")));
}

// Icons: any text in the expressions of a template that is an icon's name (a word too many costs 50 bytes), and what
// Python and modules name by icon("…"), icon="…" or "icon": "…"; names in other data stand in icons.txt.
const outlines = path.join(here, "node_modules/@tabler/icons/icons/outline");
const NAMED = /\bicon["']?\s*[(=:]\s*["']([a-z][a-z0-9-]*)["']/g;
const EXPRESSION = /\{[{%][\s\S]*?[}%]\}/g;
const QUOTED = /"([a-z][a-z0-9-]*)"/g;

async function namedIn(file, known) {
  const text = await readFile(file, "utf8");
  if (!file.endsWith(".html")) return [...text.matchAll(NAMED)].map((found) => found[1]);
  const expressions = (text.match(EXPRESSION) ?? []).join("\n");
  return [...expressions.matchAll(QUOTED)].map((found) => found[1]).filter((name) => known.has(name));
}

async function sprite(files) {
  const listed = (await readFile(path.join(here, "icons.txt"), "utf8")).split(/\s+/).filter(Boolean);
  const known = new Set((await readdir(outlines)).map((name) => path.parse(name).name));
  const named = await Promise.all(files.map((file) => namedIn(file, known)));
  const names = [...new Set([...listed, ...named.flat()])].sort();
  const symbols = await Promise.all(names.map(symbol));
  await put("icons.svg", `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`);
}

async function symbol(name) {
  const file = path.join(outlines, `${name}.svg`);
  const svg = await readFile(file, "utf8").catch(() => {
    throw new Error(`no outline icon is named ${name}`);
  });
  const inner = svg.replace(/^[\s\S]*?<svg[^>]*>/, "").replace(/<\/svg>[\s\S]*$/, "");
  const drawn = inner.replace(/<path stroke="none"[^>]*\/>/g, "").replace(/\s*\n\s*/g, "").replace(/ \/>/g, "/>");
  return `<symbol id="${name}" viewBox="0 0 24 24">${drawn}</symbol>`;
}

await rm(dist, { recursive: true, force: true });
await mkdir(dist, { recursive: true });
const files = await sources();
await Promise.all([styles(files), modules(), sprite(files)]);
await put("mark.svg", await readFile(path.join(here, "mark.svg")));
await writeFile(path.join(dist, "manifest.json"), `${JSON.stringify(manifest, Object.keys(manifest).sort(), 2)}\n`);

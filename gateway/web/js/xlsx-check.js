// The headings of a workbook, before it is uploaded: loaded when a file is chosen (lib/workbook.js). It throws at
// whatever it does not understand, and its caller then leaves the file to the service.
import { entriesOf, textOf } from "./lib/zip.js";

const MOST_SHEETS = 12;
const MOST_STRINGS = 2 ** 24;
const ROW = /<(?:\w+:)?row\b([^>]*?)(?:\/>|>([\s\S]*?)<\/(?:\w+:)?row>)/;
const CELL = /<(?:\w+:)?c\b([^>]*?)(?:\/>|>([\s\S]*?)<\/(?:\w+:)?c>)/g;
const ITEM = /<(?:\w+:)?si\b[^>]*?(?:\/>|>([\s\S]*?)<\/(?:\w+:)?si>)/g;
const NO_ROWS = /<(?:\w+:)?sheetData\s*\/>|<\/(?:\w+:)?sheetData>/;
const NAMED = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };

/** Lines as look() gives them. */
export async function check(file, rules) {
  const entries = await entriesOf(file);
  if ([...entries.keys()].some((name) => /vbaproject\.bin$|^xl\/macrosheets\//i.test(name))) {
    return [{ tone: "err", text: "文件含宏，请另存为 .xlsx" }];
  }
  const sheet = await chosen(file, entries, rules);
  const other = norm(sheet.name) === norm(rules.sheet) ? [] : [`没有名为“${rules.sheet}”的工作表，将读取“${sheet.name}”`];
  return [...judge(sheet.found, rules), ...[...other, ...sheet.found.renamed].map((text) => ({ tone: "warn", text }))];
}

function judge({ missing, repeated, columns }, rules) {
  const stops = repeated.map((name) => `表头“${name}”重复出现，请只保留一列`);
  if (missing.length) stops.unshift(`缺少表头：${missing.join("、")}（请使用最新模板）`);
  if (stops.length) return stops.map((text) => ({ tone: "err", text }));
  const all = rules.columns.length;
  return [{ tone: "ok", text: columns === all ? `${all} 个表头全部找到` : "必填列的表头全部找到" }];
}

// As the service chooses: the sheet of the template's name, else the visible one that lacks the fewest headings.
async function chosen(file, entries, rules) {
  const book = await textOf(file, entries.get("xl/workbook.xml"));
  const targets = await relations(file, entries);
  const sheets = [...book.matchAll(/<(?:\w+:)?sheet\b([^>]*?)\/?>/g)].map(([, tag]) => ({
    name: attribute(tag, "name"),
    hidden: /\sstate=["'](?:very)?hidden/i.test(tag),
    part: targets.get(attribute(tag, "\\w+:id")),
  }));
  const named = sheets.filter((sheet) => norm(sheet.name) === norm(rules.sheet)).slice(0, 1);
  const looked = named.length ? named : sheets.filter((sheet) => !sheet.hidden);
  if (!looked.length || looked.length > MOST_SHEETS) throw new Error("which sheet?");
  for (const sheet of looked) sheet.found = match(await texts(file, entries, sheet.part), rules);
  return looked.sort((one, other) => one.found.missing.length - other.found.missing.length)[0];
}

async function relations(file, entries) {
  const text = await textOf(file, entries.get("xl/_rels/workbook.xml.rels"));
  const tags = [...text.matchAll(/<(?:\w+:)?Relationship\b([^>]*?)\/?>/g)].map(([, tag]) => tag);
  const path = (target) => (target.startsWith("/") ? target.slice(1) : `xl/${target}`);
  return new Map(tags.map((tag) => [attribute(tag, "Id"), path(attribute(tag, "Target"))]));
}

// The texts of row 1; rows may leave out their number only when they begin at the top.
async function texts(file, entries, part) {
  const sheet = await textOf(file, entries.get(part), (text) => ROW.test(text) || NO_ROWS.test(text));
  const row = ROW.exec(sheet);
  if (!row || !/^1?$/.test(attribute(row[1], "r"))) throw new Error("where is the first row?");
  const cells = [...(row[2] ?? "").matchAll(CELL)].map(([, tag, inner = ""]) => {
    const value = /<(?:\w+:)?v\b[^>]*>([\s\S]*?)<\/(?:\w+:)?v>/.exec(inner)?.[1] ?? "";
    const type = attribute(tag, "t");
    return type === "s" ? Number(value) : type === "inlineStr" ? words(inner) : plain(value);
  });
  const shared = cells.filter((cell) => typeof cell === "number");
  const strings = shared.length ? await sharedStrings(file, entries, Math.max(...shared)) : [];
  return cells.map((cell) => (typeof cell === "number" ? strings[cell] : cell));
}

async function sharedStrings(file, entries, last) {
  const name = [...entries.keys()].find((each) => each.toLowerCase() === "xl/sharedstrings.xml");
  const there = (text) => (text.match(ITEM)?.length ?? 0) > last;
  const items = [...(await textOf(file, entries.get(name), there, MOST_STRINGS)).matchAll(ITEM)];
  if (items.length <= last) throw new Error("a text is missing");
  return items.slice(0, last + 1).map(([, inner = ""]) => words(inner));
}

function words(inner) {
  const spoken = inner.replace(/<(?:\w+:)?rPh\b[\s\S]*?<\/(?:\w+:)?rPh>/g, "");
  return [...spoken.matchAll(/<(?:\w+:)?t\b[^>]*>([\s\S]*?)<\/(?:\w+:)?t>/g)].map(([, text]) => plain(text)).join("");
}

function plain(text) {
  return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (_, hex, number, name) => {
    if (name) return NAMED[name] ?? "";
    return String.fromCodePoint(hex ? Number.parseInt(hex, 16) : Number(number));
  });
}

function attribute(tag, name) {
  const found = new RegExp(`(?:^|\\s)${name}=(?:"([^"]*)"|'([^']*)')`).exec(tag);
  return plain(found?.[1] ?? found?.[2] ?? "");
}

// As the service compares headings: without units in brackets, blanks, stars and invisible characters.
function norm(text) {
  const clean = text.normalize("NFKC").replace(/[\u00ad\u200b-\u200f\u2060\ufeff\ufe0e\ufe0f]/g, "").normalize("NFKC");
  return clean.replace(/[\u2010-\u2015\u2212\ufe58]/g, "-").replace(/\([^()]*\)/g, "").replace(/[\s\u0000-\u001f\u007f-\u009f*]+/g, "").toUpperCase();
}

function match(headings, rules) {
  const known = new Map();
  for (const column of rules.columns) {
    for (const name of [...column.others, column.heading]) known.set(norm(name), column.heading);
  }
  const seen = new Set();
  const [repeated, renamed] = [new Set(), []];
  for (const heading of headings) {
    const name = known.get(norm(heading));
    if (!name) continue;
    if (seen.has(name)) repeated.add(name);
    else if (norm(heading) !== norm(name)) renamed.push(`表头“${heading.trim()}”将按“${name}”读取`);
    seen.add(name);
  }
  const missing = rules.columns.filter((each) => each.required && !seen.has(each.heading));
  return { missing: missing.map((each) => each.heading), repeated: [...repeated], renamed, columns: seen.size };
}

// Entries of a zip file, read piece by piece: the directory at its end, then of an entry no more than is wanted.
const END = 0x06054b50;
const ENTRY = 0x02014b50;
const LOCAL_BYTES = 30;
const MOST_DIRECTORY = 4 * 2 ** 20;

async function view(file, from, to) {
  return new DataView(await file.slice(from, to).arrayBuffer());
}

/** Name -> { at, packed, method }. Throws when the file is none that we understand (zip64, encrypted, damaged). */
export async function entriesOf(file) {
  const from = Math.max(0, file.size - 65_557);
  const tail = await view(file, from, file.size);
  let end = tail.byteLength - 22;
  while (end >= 0 && tail.getUint32(end, true) !== END) end--;
  if (end < 0) throw new Error("no directory");
  const size = tail.getUint32(end + 12, true);
  const start = tail.getUint32(end + 16, true);
  if (size > MOST_DIRECTORY || start + size > file.size) throw new Error("no directory that we read");
  return read(await view(file, start, start + size));
}

function read(directory) {
  const entries = new Map();
  for (let at = 0; at < directory.byteLength; ) {
    if (directory.getUint32(at, true) !== ENTRY) throw new Error("damaged directory");
    const [name, extra, comment] = [28, 30, 32].map((field) => directory.getUint16(at + field, true));
    const bytes = new Uint8Array(directory.buffer, at + 46, name);
    if (directory.getUint16(at + 8, true) & 1) throw new Error("encrypted");
    entries.set(new TextDecoder().decode(bytes).replace(/^\//, ""), {
      method: directory.getUint16(at + 10, true),
      packed: directory.getUint32(at + 20, true),
      at: directory.getUint32(at + 42, true),
    });
    at += 46 + name + extra + comment;
  }
  return entries;
}

/** The text of an entry up to where `enough(text)` is true, or to its end. Throws beyond `most` characters. */
export async function textOf(file, { at, packed, method }, enough = () => false, most = 2 ** 22) {
  const local = await view(file, at, at + LOCAL_BYTES);
  const start = at + LOCAL_BYTES + local.getUint16(26, true) + local.getUint16(28, true);
  const bytes = file.slice(start, start + packed).stream();
  const plain = method === 8 ? bytes.pipeThrough(new DecompressionStream("deflate-raw")) : bytes;
  const reader = plain.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text;
    text += value;
    if (!enough(text) && text.length < most) continue;
    reader.cancel().catch(() => {});
    if (enough(text)) return text;
    throw new Error("too long");
  }
}

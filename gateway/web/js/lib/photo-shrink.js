// A photo as it is sent: at most 3000 px, upright, without EXIF (and so without its place). What a browser can't open
// (HEIC on most) goes as it is: the service opens it, or says why it can't.
const LONG_EDGE = 3000;
const QUALITY = 0.85;
const MOST_BYTES = 10 * 1024 * 1024;
const MOST_CHOSEN = 80 * 1024 * 1024;

/** { blob, type, name }. Throws an Error whose message is for the person. */
export async function shrink(file) {
  const type = await typeOf(file);
  if (!type) throw new Error(`“${file.name}”不是图片文件，请选择 JPG 或 PNG 照片。`);
  if (file.size > MOST_CHOSEN) throw tooLarge(file);
  const redrawn = await redraw(file).catch(() => null);
  const blob = redrawn ?? file;
  if (blob.size > MOST_BYTES) throw tooLarge(file);
  if (!redrawn) return { blob: file.slice(0, file.size, type), type, name: file.name };
  return { blob, type: "image/jpeg", name: file.name.replace(/\.\w+$/, "") + ".jpg" };
}

function tooLarge(file) {
  return new Error(`“${file.name}”超过 10 MB，请降低分辨率后重新选择。`);
}

// What the bytes say; a name says nothing.
async function typeOf(file) {
  const bytes = new Uint8Array(await file.slice(0, 12).arrayBuffer());
  const text = String.fromCharCode(...bytes);
  if (text.startsWith("\xff\xd8\xff")) return "image/jpeg";
  if (text.startsWith("\x89PNG\r\n\x1a\n")) return "image/png";
  return /^ftyp(hei|hev|mif1|msf1)/.test(text.slice(4)) ? "image/heic" : "";
}

async function redraw(file) {
  const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  const scale = Math.min(1, LONG_EDGE / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.imageSmoothingQuality = "high";
  pen.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
}

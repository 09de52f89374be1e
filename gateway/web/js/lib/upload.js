// One file on its way: a ticket from the gateway, the bytes to the storage, and words for what goes wrong.
import { active } from "./active.js";
import { openDialog } from "./dialog.js";

const PATIENCE_MS = 90_000;
const PASSING = new Set([408, 425, 429, 500, 502, 503, 504]);

/** A refusal. passing: the same may succeed later; else the message is for the person. */
export class Refused extends Error {
  constructor(message, passing = false) {
    super(message);
    this.passing = passing;
  }
}

/** JSON to an address of our own, with the page's token. */
export async function ask(address, body) {
  for (;;) {
    const answer = await fetched(address, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRF-Token": document.body.dataset.csrf },
      body: JSON.stringify(body),
    });
    if (answer.ok) return answer.json();
    if (answer.status !== 401) throw await refusal(answer);
    await signedIn();
  }
}

/** Puts a file into the storage; gives the id of the upload. */
export async function store(application, name, type, blob) {
  const wanted = { file_name: name.slice(-200), size: blob.size, content_type: type };
  const ticket = await ask(`/u/applications/${application}/tickets`, wanted);
  const form = new FormData();
  for (const [field, value] of Object.entries(ticket.fields)) form.append(field, value);
  form.append("file", blob, name);
  const answer = await fetched(ticket.url, { method: "POST", body: form });
  if (!answer.ok) throw new Refused("存储空间繁忙，稍后自动重试。", true);
  return ticket.upload_id;
}

async function fetched(address, options) {
  active();
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE_MS);
  try {
    return await fetch(address, { ...options, signal: stop.signal });
  } catch {
    throw new Refused("网络不通，没有上传成功。", true);
  } finally {
    clearTimeout(timer);
  }
}

async function refusal(answer) {
  const said = await answer.json().catch(() => ({}));
  const otherwise = answer.status === 403 ? "页面已过期，请刷新后重试。" : "系统暂时不可用，请稍后重试。";
  return new Refused(said.detail ?? otherwise, PASSING.has(answer.status));
}

// 登录已过期: the dialog over the untouched page; we go on when the same person has signed in again.
function signedIn() {
  openDialog(document.getElementById("reauth"));
  return new Promise((resolve) => document.addEventListener("signed-in", resolve, { once: true }));
}

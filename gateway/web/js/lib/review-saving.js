// 保存: what is sent for a page, what the answers mean, and 完成 when nothing waits.
import { openDialog } from "./dialog.js";
import { cardsOf, pageNow, put, shotsOf } from "./review-card.js";
import { drop, keep, marksOf } from "./review-kept.js";
import { ask, Queue } from "./review-queue.js";
import { clock, counts, note, status } from "./review-said.js";
import { done } from "./review-seen.js";

const same = (one, other) => one.reason_code === other.reason_code && one.note === other.note;

export class Saving {
  began = performance.now();
  done = 0;

  constructor(form, pages, go) {
    Object.assign(this, { form, pages, go });
    this.seen = new Set(form.dataset.seenPages.split(",").filter(Boolean).map(Number));
    this.wrong = Number(form.dataset.wrong);
    this.queue = new Queue((job) => this.send(job), (what, job, more) => this[what](job, more));
    window.addEventListener("beforeunload", (event) => this.queue.jobs.length && event.preventDefault());
  }

  /** 下一页: only what was really seen is sent as shown. */
  save(page) {
    const shown = [...new Set(shotsOf(page).filter(done).map((shot) => shot.dataset.photo))];
    const number = Number(page.dataset.page);
    keep(page);
    this.queue.add({ page: number, element: page, shown, wrong: marksOf(page), key: crypto.randomUUID() });
  }

  async send(job, opened = false) {
    const body = { version: Number(job.element.dataset.version), shown: job.shown, wrong: job.wrong };
    const headers = {
      "Content-Type": "application/json",
      "X-CSRF-Token": document.body.dataset.csrf,
      "Idempotency-Key": job.key,
    };
    try {
      const answer = await ask(this.pages.url(job.page), { method: "PUT", headers, body: JSON.stringify(body) });
      return await answer.json();
    } catch (fault) {
      if (fault.code !== "PAGE_NOT_OPENED" || opened) throw fault;
      await this.pages.fetch(job.page);
      return this.send(job, true);
    }
  }

  saving(job) {
    status(`正在保存第 ${job.page} 页…`);
  }

  saved(job, { version, seen, wrong }) {
    job.element.dataset.version = String(version);
    job.element.dataset.saved = "";
    drop(job.page);
    Object.assign(this, { seen: new Set(seen), wrong });
    this.left = counts(this.seen, wrong);
    this.rest();
    status(`第 ${job.page} 页已保存 ${clock()}`, "ok");
    if (this.queue.jobs.length) return;
    this.wants?.requestSubmit();
    this.wants = null;
  }

  // 剩余约 n 分钟, by the pace of this visit.
  rest() {
    const each = (performance.now() - this.began) / ++this.done;
    const place = document.querySelector("[data-rest]");
    place.hidden = this.done < 2 || !this.left;
    const pages = Number(this.form.dataset.pages) - this.seen.size;
    document.querySelector("[data-minutes]").textContent = String(Math.ceil((each * pages) / 60000));
  }

  failed(job, fault) {
    status("保存失败，已保留您的标记", "err");
    if (fault.status === 401) openDialog(document.getElementById("reauth"));
  }

  refused(job, fault) {
    if (fault.code === "STALE") return this.conflict(job, fault);
    const back = [`返回第 ${job.page} 页`, () => this.go(job.page)];
    const reload = ["刷新本页", () => location.reload()];
    note(`第 ${job.page} 页没有保存：${fault.message}您的标记仍保留在本机。`, "err", [
      ["WRONG_STATE", "SAME_PERSON", "FORBIDDEN"].includes(fault.code) ? reload : back,
    ]);
  }

  // Somebody saved the page meanwhile: the same marks are as good as ours, else the officer chooses.
  async conflict(job, fault) {
    const theirs = await this.pages.fetch(job.page).catch(() => null);
    const cards = theirs ? differing(theirs, job.wrong) : [];
    const take = () => this.take(job, theirs);
    if (theirs && !cards.length) return take();
    const mine = () => this.mine(job, fault.fields.current);
    const where = cards.length ? `您的标记不同：第 ${cards.join("、")} 只。` : "请选择保留谁的标记。";
    note(`${fault.message}${where}`, "warn", [["采用对方", take], ["改为我的", mine]]);
  }

  mine(job, current) {
    job.element.dataset.version = String(current);
    this.queue.add({ ...job, key: crypto.randomUUID() });
  }

  take(job, theirs) {
    drop(job.page);
    this.seen.add(job.page);
    this.left = counts(this.seen, this.wrong);
    this.pages.made.delete(job.page);
    status(`第 ${job.page} 页已采用其他人员的标记`, "ok");
    if (Number(pageNow().dataset.page) !== job.page) return;
    const marks = marksOf(theirs);
    for (const shot of shotsOf(pageNow())) {
      const own = marks.find((each) => isOf(each, shot));
      put(shot, own?.reason_code, own?.note);
    }
    pageNow().dataset.version = theirs.dataset.version;
  }

  /** The page that waits for eyes: after this one, else the first of all. */
  unseen(now) {
    const waits = new Set(this.queue.jobs.map((job) => job.page));
    const all = Array.from({ length: Number(this.form.dataset.pages) }, (_, at) => at + 1);
    const open = all.filter((page) => !this.seen.has(page) && !waits.has(page));
    const to = open.find((page) => page > now) ?? open[0];
    if (to && to !== now) this.go(to);
    return to;
  }

  /** The last page was saved. */
  end() {
    if (!this.unseen(Number(pageNow().dataset.page))) document.querySelector('[data-act="complete"]').focus();
  }

  /** 完成: what waits is saved first; with pages that nobody has seen it leads to the first of them. */
  complete(event) {
    if (this.queue.jobs.length) {
      event.preventDefault();
      this.wants = event.target;
      return;
    }
    const left = counts(this.seen, this.wrong);
    if (!left) return;
    event.preventDefault();
    this.unseen(0);
    note(`还有 ${left.toLocaleString("en-US")} 只未审核，全部看过后才能完成。已为您打开第一个未审核的页。`);
  }
}

function isOf(each, shot) {
  return each.photo_id === shot.dataset.photo && each.cylinder_id === shot.closest(".cy").dataset.cylinder;
}

// Numbers of the cards whose marks are not the same.
function differing(theirs, mine) {
  const other = marksOf(theirs);
  return cardsOf(theirs)
    .filter((card) => shotsOf(card).some((shot) => {
      const [one, two] = [other, mine].map((marks) => marks.find((each) => isOf(each, shot)));
      return !one !== !two || (one && !same(one, two));
    }))
    .map((card) => card.dataset.number);
}

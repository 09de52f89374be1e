// 下一页 in the background: pages are saved one after the other; what was not confirmed stays on the device.
const PAUSES_S = [1, 2, 4, 8];

/** A refusal with the fields of the problem that the gateway answered. */
export class Problem extends Error {
  constructor(fields, status) {
    super(fields.detail ?? "保存没有成功，请稍后重试。");
    Object.assign(this, { code: fields.code, status, fields });
  }
}

/** JSON or text of an answer; raises Problem, or what fetch raises when there is no network. */
export async function ask(address, options = {}) {
  const answer = await fetch(address, { ...options, signal: AbortSignal.timeout?.(20000) });
  if (answer.redirected) throw new Problem({ code: "UNAUTHENTICATED" }, 401);
  if (!answer.ok) throw new Problem(await answer.json().catch(() => ({})), answer.status);
  return answer;
}

/** Saves that wait. `told(what, job, more)` hears saving, saved, failed and refused. */
export class Queue {
  jobs = [];
  running = false;

  constructor(send, told) {
    Object.assign(this, { send, told });
    window.addEventListener("online", () => this.run());
  }

  /** A page that is saved anew replaces what waits for it, unless that is on its way. */
  add(job) {
    this.jobs = this.jobs.filter((each, at) => each.page !== job.page || (at === 0 && this.running));
    this.jobs.push(job);
    this.run();
  }

  /** Tries what waits; `attempt` is the number of the try of the first one. */
  async run(attempt = 1) {
    clearTimeout(this.later);
    if (this.running || !this.jobs.length) return;
    this.running = true;
    const job = this.jobs[0];
    this.told("saving", job);
    let next = 1;
    try {
      const saved = await this.send(job);
      this.jobs.shift();
      this.told("saved", job, saved);
    } catch (fault) {
      next = this.failed(job, fault, attempt);
    } finally {
      this.running = false;
    }
    if (next === 1) this.run();
  }

  // Without an answer, or with one that a later try may change, it is tried again by itself.
  failed(job, fault, attempt) {
    const again = !(fault instanceof Problem) || [429, 502, 503, 504].includes(fault.status);
    this.told("failed", job, fault);
    if (again) {
      const pause = PAUSES_S[Math.min(attempt, PAUSES_S.length) - 1];
      this.later = setTimeout(() => this.run(attempt + 1), pause * 1000);
      return attempt + 1;
    }
    if (fault.status === 401) return 2;
    this.jobs.shift();
    this.told("refused", job, fault);
    return 1;
  }
}

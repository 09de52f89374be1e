// Pages of the review: the one in view, and two ahead of it that are fetched and decoded already.
import { ask } from "./review-queue.js";

const AHEAD = 2;

export class Pages {
  made = new Map();

  constructor(address, count, first) {
    Object.assign(this, { address, count });
    this.made.set(Number(first.dataset.page), Promise.resolve(first));
  }

  url(number) {
    return `${this.address}/pages/${number}`;
  }

  /** The element of a page, fetched when it is not there. */
  get(number) {
    if (!this.made.has(number)) {
      const coming = this.fetch(number);
      coming.catch(() => this.made.delete(number));
      this.made.set(number, coming);
    }
    return this.made.get(number);
  }

  /** A page with what the server has now. */
  fresh(number) {
    this.made.delete(number);
    return this.get(number);
  }

  async fetch(number) {
    const answer = await ask(this.url(number));
    const place = document.createElement("div");
    place.innerHTML = await answer.text();
    const page = place.querySelector(".rv-page");
    this.decoded(page);
    return page;
  }

  // Those in view first; one that does not come is told by its own error event.
  decoded(page) {
    const images = [...page.querySelectorAll("figure img")];
    page.ready = Promise.allSettled(images.map((image) => image.decode()));
  }

  /** Fetches what comes next and forgets what is far away. */
  ahead(number) {
    for (const each of this.made.keys()) {
      if (each < number - 1 || each > number + AHEAD) this.made.delete(each);
    }
    for (let next = number + 1; next <= Math.min(number + AHEAD, this.count); next++) {
      this.get(next).catch(() => {});
    }
  }
}

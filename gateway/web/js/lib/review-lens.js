// A photo of 放大对照: zoomed about the pointer, dragged, turned.
const MOST = 8;

export class Lens {
  scale = 1;
  x = 0;
  y = 0;
  turned = 0;

  /** `tile` is the photo on the card: it stands in until the large one is there. */
  constructor(shot, tile, told) {
    Object.assign(this, { shot, told });
    this.figure = document.createElement("figure");
    const caption = document.createElement("figcaption");
    caption.textContent = shot.dataset.name;
    this.image = new Image();
    Object.assign(this.image, { src: tile.src, alt: tile.alt, draggable: false });
    this.figure.append(this.image, caption);
    this.large(tile.dataset.full);
    this.listen();
  }

  async large(source) {
    const full = new Image();
    full.src = source;
    await full.decode().then(() => (this.image.src = source), () => {});
  }

  listen() {
    this.figure.addEventListener("wheel", (event) => {
      event.preventDefault();
      const frame = this.figure.getBoundingClientRect();
      const from = { x: event.clientX - frame.x - frame.width / 2, y: event.clientY - frame.y - frame.height / 2 };
      this.zoom(event.deltaY < 0 ? 1.15 : 1 / 1.15, from);
    }, { passive: false });
    this.figure.addEventListener("pointerdown", (event) => this.figure.setPointerCapture(event.pointerId));
    this.figure.addEventListener("pointermove", (event) => {
      if (!event.buttons) return;
      this.x += event.movementX;
      this.y += event.movementY;
      this.draw();
    });
  }

  /** The point `from` (from the middle of the frame) stays where it is. */
  zoom(by, from = { x: 0, y: 0 }) {
    const scale = Math.min(Math.max(this.scale * by, 1), MOST);
    const real = scale / this.scale;
    this.x = scale === 1 ? 0 : from.x - (from.x - this.x) * real;
    this.y = scale === 1 ? 0 : from.y - (from.y - this.y) * real;
    this.scale = scale;
    this.draw();
    this.told();
  }

  turn() {
    this.turned = (this.turned + 90) % 360;
    this.draw();
  }

  draw() {
    const { x, y, scale, turned } = this;
    const { clientWidth: width, clientHeight: height } = this.image;
    const fit = turned % 180 ? Math.min(width, height) / Math.max(width, height) : 1;
    this.image.style.transform = `translate(${x}px, ${y}px) rotate(${turned}deg) scale(${scale * fit})`;
  }
}

// A page that runs. Nothing happens before a click on the button at its top; then Python starts in
// a worker, cells become fields to edit and run, and what they put out takes the stored outputs' place.
const start = document.querySelector(".live-start");

function offer() {
  const missing = { Worker, WebAssembly, DecompressionStream: window.DecompressionStream };
  const lacks = Object.keys(missing).filter((name) => !missing[name]);
  const note = start.nextElementSibling;
  if (location.protocol === "file:") note.textContent = "Opened from a file, this page cannot run; from a server it can.";
  else if (lacks.length) note.textContent = `This browser cannot run the page: it has no ${lacks}.`;
  else {
    start.hidden = false;
    const changed = Object.keys(kept()).length;
    if (changed) note.textContent = `Your changes to ${changed} cell${changed > 1 ? "s" : ""} are kept. `;
    start.addEventListener("click", () => new Page().open(), { once: true });
  }
}

const KEY = `nnbook ${location.pathname}`;
function kept() {
  try { return JSON.parse(localStorage.getItem(KEY)) ?? {}; } catch { return {}; }
}
function keep(id, source) {
  const all = kept();
  if (source === undefined) delete all[id]; else all[id] = source;
  try { localStorage.setItem(KEY, JSON.stringify(all)); } catch { /* private windows keep nothing */ }
}

function make(tag, attributes = {}, ...children) {
  const element = Object.assign(document.createElement(tag), attributes);
  element.append(...children);
  return element;
}

const MOST = 200_000; // characters a cell may put out
const escaped = (text) => text.replace(/[&<>]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[c]);

class Page {
  constructor() {
    this.folder = start.dataset.live;
    this.asked = new Map();
    this.number = this.ends = 0; // of questions, and how often a Python has ended
    this.cells = [];
    this.status = make("span", { role: "status" });
    this.progress = make("progress", { max: 1, value: 0, ariaLabel: "Loading Python" });
    this.bar = make("div", { className: "live-bar", role: "region", ariaLabel: "Running this page" },
      this.status, this.progress,
      this.button("Run all", () => this.runAll(this.cells)),
      this.button("Stop", () => this.stop()),
      this.button("Reset the page", () => this.reset()));
  }

  button(text, act) {
    const button = make("button", { type: "button", textContent: text });
    button.addEventListener("click", act);
    return button;
  }

  async open() {
    start.disabled = true;
    start.closest("article, .content")?.append(this.bar);
    this.say("Loading Python …");
    this.employ(); // it loads while the page gets ready
    const text = await (await fetch(start.dataset.notebook)).text();
    const code = JSON.parse(text).cells.filter((cell) => cell.cell_type === "code");
    const boxes = [...document.querySelectorAll(".cell")];
    this.cells = code.map((cell, i) => new Cell(this, i, cell, boxes[i]));
    this.file = [start.dataset.notebook.split("/").at(-1), text];
    const ready = await this.prepare();
    this.progress.remove();
    if (ready) document.documentElement.dataset.live = "ready";
  }

  employ() {
    this.worker = new Worker(`${this.folder}worker.js`, { type: "module" });
    this.worker.onmessage = ({ data }) => this.hear(data);
    this.worker.onerror = () => this.end("Python cannot start in this browser.");
  }

  say(text) { this.status.textContent = text; }

  ask(call, args, heard = () => {}) {
    const number = (this.number += 1);
    if (!this.worker) this.employ();
    return new Promise((done) => {
      this.asked.set(number, { heard, done });
      this.worker.postMessage({ number, call, args });
    });
  }

  hear({ number, ...what }) {
    if (what.kind === "loading") {
      this.progress.value = what.share;
      this.say(`Loading Python, ${Math.round(100 * what.share)} %`);
    } else if (what.kind === "starting") this.say("Starting Python …");
    else if (what.kind === "done") this.asked.get(number).done();
    else if (what.kind === "failed") this.end(`Python cannot go on: ${what.text}`);
    else this.asked.get(number)?.heard(what);
  }

  async prepare() { // run what only imports, and the first cell; tell whether Python is there
    const { ends } = this;
    await this.ask("place", this.file); // some pages read themselves
    for (const cell of this.cells)
      if (ends === this.ends && !cell.ran && (cell.place === 1 || cell.imports)) await this.perform(cell);
    return ends === this.ends;
  }

  async run(cell) {
    if (this.cells[0].ran || (await this.prepare())) await this.perform(cell);
  }

  async perform(cell) {
    this.say(`Running cell ${cell.place} …`);
    const { ends } = this;
    await cell.run();
    if (ends !== this.ends) return; // the page says why
    this.say(cell.failed ? `Cell ${cell.place} ended with an error.` : `Cell ${cell.place} has run.`);
  }

  async runAll(cells) {
    const { ends } = this;
    for (const cell of cells) {
      await this.run(cell);
      if (cell.failed || ends !== this.ends) return;
    }
    this.say("All cells have run.");
  }

  stop() { this.end("Stopped. Python starts anew with the next cell; what it knew is gone."); }

  end(why) {
    this.worker?.terminate();
    this.worker = null;
    this.ends += 1;
    for (const { done } of this.asked.values()) done();
    this.asked.clear();
    for (const cell of this.cells) cell.ran = false;
    this.say(why);
  }

  reset() {
    if (!confirm("Bring back this page as it was, without your changes?")) return;
    localStorage.removeItem(KEY);
    location.reload();
  }
}

class Cell {
  constructor(page, i, { id, source }, box) {
    [this.page, this.id, this.place, this.box] = [page, id, i + 1, box];
    this.original = [source].flat().join("");
    this.field = make("textarea", {
      className: "live-field", spellcheck: false, autocapitalize: "off", wrap: "off",
      value: kept()[id] ?? this.original,
      ariaLabel: `Code of cell ${this.place}. Shift and Enter run it.`,
    });
    this.button = page.button("Run", () => page.run(this));
    this.button.setAttribute("aria-label", `Run cell ${this.place}`);
    box.querySelector(".cell_input").replaceChildren(this.field, this.button);
    this.output = box.querySelector(".cell_output");
    if (!this.output) box.append((this.output = make("div", { className: "cell_output docutils container" })));
    this.imports = /^((import|from) .*\s*)+$/.test(this.original);
    this.fit();
    this.field.addEventListener("input", () => this.edited());
    this.field.addEventListener("keydown", (event) => this.key(event));
  }

  fit() { this.field.rows = this.field.value.split("\n").length; }

  edited() {
    keep(this.id, this.field.value === this.original ? undefined : this.field.value);
    this.fit();
  }

  key(event) {
    if (event.key !== "Enter" || event.isComposing) return;
    const { shiftKey, ctrlKey, metaKey } = event;
    if (shiftKey || ctrlKey || metaKey) {
      event.preventDefault();
      this.page.run(this);
      if (shiftKey) this.page.cells[this.place]?.field.focus();
    } else { // the next line begins where this one does, or further in after a colon
      const before = this.field.value.slice(0, this.field.selectionStart).split("\n").at(-1);
      const indent = before.match(/^ */)[0] + (before.trimEnd().endsWith(":") ? "    " : "");
      if (!indent) return;
      event.preventDefault();
      this.field.setRangeText(`\n${indent}`, this.field.selectionStart, this.field.selectionEnd, "end");
      this.edited();
    }
  }

  async run() {
    [this.ran, this.failed, this.said, this.last] = [true, false, 0, null];
    this.box.setAttribute("aria-busy", "true");
    const stored = [...this.output.childNodes];
    let fresh = true; // the stored output stays until something new comes
    const clear = () => { if (fresh) for (const node of stored) node.remove(); fresh = false; };
    const { ends } = this.page;
    await this.page.ask("run", [this.place, this.field.value], (what) => { clear(); this.show(what); });
    if (ends === this.page.ends) clear();
    this.box.removeAttribute("aria-busy");
  }

  show(what) {
    if (what.kind !== "stream") this.last = null;
    this[what.kind](what);
  }

  stream({ name, text }) {
    this.said += text.length;
    if (this.said > MOST) text = this.said - text.length > MOST ? "" : "\n… and more, left out here";
    if (this.last?.name !== name) this.last = { name, pre: this.lines(name === "stderr" ? "stderr" : "stream") };
    this.last.pre.append(text);
  }

  lines(kind, text = "") {
    const pre = make("pre", { tabIndex: 0 }, text);
    this.output.append(make("div", { className: `output ${kind} highlight-none notranslate` },
      make("div", { className: "highlight" }, pre)));
    return pre;
  }

  text({ text }) { this.lines("text_plain", text); }

  error({ name, text }) {
    this.failed = true;
    this.lines("stderr", text);
    if (name === "NameError" && this.place > 1)
      this.output.append(this.page.button("Run all cells above first", () =>
        this.page.runAll(this.page.cells.slice(0, this.place))));
  }

  figure(what) { this.output.append(image(what)); }

  math({ text }) { this.set(make("div"), `\\[${escaped(text.replace(/^\$|\$$/g, ""))}\\]`); }

  async markdown({ text }) {
    const place = make("div", { className: "output text_markdown" });
    this.output.append(place);
    const { marked } = await import(new URL(`${this.page.folder}marked.esm.js`, location));
    const formulas = [];
    const plain = text.replace(/\$([^$\n]+)\$/g, (_, tex) => `\uE000${formulas.push(tex) - 1}\uE001`);
    const html = marked.parse(plain).replace(/\uE000(\d+)\uE001/g, (_, i) => `\\(${escaped(formulas[i])}\\)`);
    this.set(place, html.replace(/(href="[\w/]*)\.ipynb/g, "$1.html").replaceAll("#cell-id=", "#"));
  }

  set(place, html) {
    place.innerHTML = html;
    this.output.append(place);
    return window.MathJax?.typesetPromise?.([place]);
  }

  sliders({ slider, names, said, start: places, ...first }) {
    const picture = image(first);
    let busy = false, again = false;
    const inputs = names.map((name, i) => make("input", {
      type: "range", min: 0, max: said[i].length - 1, value: places[i], ariaValueText: said[i][places[i]],
    }));
    const outputs = names.map((name, i) => make("output", {}, said[i][places[i]]));
    const move = async () => {
      inputs.forEach((input, i) => { outputs[i].value = input.ariaValueText = said[i][input.value]; });
      if (busy) { again = true; return; }
      do {
        [busy, again] = [true, false];
        await this.page.ask("move", [slider, inputs.map((input) => +input.value)], (what) => {
          if (what.kind !== "frame") return this.show(what);
          [picture.src, picture.alt] = [address(what), what.alt];
        });
      } while (again);
      busy = false;
    };
    const labels = names.map((name, i) => make("label", {}, `${name} `, inputs[i], " ", outputs[i]));
    inputs.forEach((input) => input.addEventListener("input", move));
    this.output.append(make("div", { className: "frames" }, picture, make("p", {}, ...labels)));
  }
}

const address = ({ png }) => `data:image/png;base64,${png}`;
const image = (what) => make("img", { src: address(what), alt: what.alt });

if (start) offer();

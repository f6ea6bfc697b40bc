// Python in a worker. Only this file knows which Python it is. It takes {number, call, args}, calls
// that function of session.py, and answers with what the session sends and at last {kind: "done"}.
import { ConsoleStdout, Directory, File, OpenFile, PreopenDirectory, WASI } from "./shim/index.js";

const LIBRARY = "python315.zip", COURSE = "/tmp/course.zip"; // the places where Python looks
let python, ready, number;

const tell = (what) => postMessage({ number, ...what });
const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);

async function load(names, sizes) {
  const got = names.map(() => 0);
  return Promise.all(names.map(async (name, i) => {
    const answer = await fetch(name), parts = [];
    if (!answer.ok) throw new Error(`${name} is not there (${answer.status})`);
    for (const reader = answer.body.getReader(); ; ) {
      const { done, value } = await reader.read();
      if (done) return new Blob(parts);
      parts.push(value);
      got[i] += value.length;
      tell({ kind: "loading", share: Math.min(1, sum(got) / sum(sizes)) });
    }
  }));
}

async function start() {
  const sizes = await (await fetch("sizes.json")).json();
  const [binary, ...files] = await load(Object.keys(sizes), Object.values(sizes));
  const [library, course] = await Promise.all(files.map((file) => file.arrayBuffer()));
  tell({ kind: "starting" });
  const code = binary.stream().pipeThrough(new DecompressionStream("gzip"));
  const module = await WebAssembly.compileStreaming(
    new Response(code, { headers: { "Content-Type": "application/wasm" } }),
  );
  const folder = (content) => new Directory(new Map(Object.entries(content)));
  const file = (content) => new File(new Uint8Array(content));
  const usr = folder({ local: folder({ lib: folder({ [LIBRARY]: file(library) }) }) });
  const root = { usr, tmp: folder({ "course.zip": file(course) }) };
  const said = ConsoleStdout.lineBuffered((line) => tell(JSON.parse(line)));
  const failed = ConsoleStdout.lineBuffered((line) => tell({ kind: "error", text: line + "\n" }));
  const wasi = new WASI(
    ["/usr/local/bin/python.wasm"],
    ["HOME=/tmp", "PYTHONDONTWRITEBYTECODE=1", "MPLBACKEND=Agg", "NNBOOK_PROGRESS=never"],
    [new OpenFile(new File([])), said, failed, new PreopenDirectory("/", new Map(Object.entries(root)))],
    { debug: false },
  );
  const imports = { wasi_snapshot_preview1: wasi.wasiImport, host: { call: () => -1 } };
  for (const { module: from, name } of WebAssembly.Module.imports(module))
    (imports[from] ??= {})[name] ??= () => 52; // what a browser has not: ENOSYS
  python = await WebAssembly.instantiate(module, imports);
  wasi.initialize(python);
  turn(`import sys; sys.path.insert(0, "${COURSE}"); import session; session.begin()`);
}

function turn(code) {
  const { host_alloc, memory, turn } = python.exports;
  const text = new TextEncoder().encode(code), place = host_alloc(text.length) >>> 0;
  new Uint8Array(memory.buffer).set(text, place);
  turn(place, text.length);
}

onmessage = async ({ data }) => {
  try {
    await (ready ??= start());
    number = data.number;
    const args = JSON.stringify(JSON.stringify(data.args));
    turn(`import json; session.${data.call}(*json.loads(${args}))`);
    tell({ kind: "done" });
  } catch (error) {
    number = data.number;
    tell({ kind: "failed", text: String(error) });
  }
};

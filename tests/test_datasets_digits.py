"""The bundled digits, the reader of IDX files, and the download, from a server of our own."""

import gzip
import hashlib
import http.server
import shutil
import struct
import sys
import threading

import numpy as np
import pytest

import nnbook as nn
from nnbook.datasets import digits


def idx(array) -> bytes:
    return struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.tobytes()


ARRAYS = {
    "train-images-idx3-ubyte.gz": np.random.default_rng(0).integers(
        256, size=(60, 28, 28), dtype=np.uint8
    ),
    "train-labels-idx1-ubyte.gz": np.arange(60, dtype=np.uint8) % 10,
    "t10k-images-idx3-ubyte.gz": 7 * np.ones((2, 28, 28), np.uint8),
    "t10k-labels-idx1-ubyte.gz": np.array([7, 2], np.uint8),
}
FILES = {name: gzip.compress(idx(array), mtime=0) for name, array in ARRAYS.items()}
FIRST = next(iter(FILES))


@pytest.fixture
def small(monkeypatch, tmp_path):
    """Let MNIST be eight images, and return a folder that holds it."""
    known = {n: (ARRAYS[n].shape, hashlib.sha256(FILES[n]).hexdigest()) for n in FILES}
    monkeypatch.setattr(digits, "MNIST", known)
    monkeypatch.delenv("NNBOOK_DATA", raising=False)
    folder = tmp_path / "mnist"
    folder.mkdir()
    for name, content in FILES.items():
        (folder / name).write_bytes(content)
    return folder


# --- the bundled digits ------------------------------------------------------------------------


def test_the_bundled_digits_are_the_ones_that_were_bundled():
    (X, y), (X_test, y_test) = nn.datasets.load_digits()
    pixels = np.concatenate([X, X_test])
    labels = np.concatenate([y, y_test]).astype(np.uint8)
    content = np.rint(pixels * 255).astype(np.uint8).tobytes() + labels.tobytes()
    known = "909f44b10aa890920c5cb0cfa436b3dfe5a8081f5f9b76f923f5c9a464e36648"
    assert hashlib.sha256(content).hexdigest() == known
    origin = digits.__file__.replace("digits.py", "README.md")
    with open(origin, encoding="utf-8") as file:
        assert known in file.read()
    assert digits.Path(digits.__file__).with_name("digits.npz").stat().st_size < 1e6


def test_the_split_is_even_and_scaled_to_one():
    (X, y), (X_test, y_test) = nn.datasets.load_digits()
    assert (X.shape, X_test.shape) == ((4000, 28, 28, 1), (1000, 28, 28, 1))
    assert X.dtype == X_test.dtype == np.float32
    assert (X.min(), X.max()) == (0, 1)
    assert y.dtype == y_test.dtype == np.int64
    assert np.bincount(y).tolist() == [400] * 10
    assert np.bincount(y_test).tolist() == [100] * 10
    assert len(np.unique(np.concatenate([X, X_test]).reshape(5000, -1), axis=0)) == 5000
    assert (np.diff(y) != 0).any()  # not one class after the other


# --- IDX files ---------------------------------------------------------------------------------


def test_mnist_is_read_from_a_folder(small, monkeypatch):
    (X, y), (X_test, y_test) = nn.datasets.load_mnist(small)
    assert np.array_equal(X[..., 0], ARRAYS[FIRST].astype(np.float32) / 255)
    assert X.dtype == np.float32
    assert y.tolist() == list(range(10)) * 6
    assert X_test.shape == (2, 28, 28, 1)
    assert y_test.dtype == np.int64
    monkeypatch.setenv("NNBOOK_DATA", str(small))
    assert np.array_equal(nn.datasets.load_mnist()[0][0], X)


def test_a_missing_file_says_what_to_put_where(small):
    (small / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(
        FileNotFoundError, match=r"expects t10k-labels.* in .*mnist; put there train-"
    ):
        nn.datasets.load_mnist(small)


GOOD, IMAGES = FILES[FIRST], ARRAYS[FIRST]
DAMAGED = {
    "cut off": (GOOD[: len(GOOD) // 2], "is damaged"),
    "empty": (b"", "IDX magic number 00000803, got"),
    "a flipped bit": (GOOD[:-20] + bytes([GOOD[-20] ^ 4]) + GOOD[-19:], "is damaged"),
    "no gzip": (b"hello" * 100, "is damaged"),
    "labels": (gzip.compress(idx(IMAGES[0, 0])), "magic number 00000803, got 00000801"),
    "floats": (gzip.compress(b"\0\0\x0d\3" + idx(IMAGES)[4:]), "got 00000d03"),
    "fewer": (
        gzip.compress(idx(IMAGES[:50])),
        r"shape \(60, 28, 28\), its head says \(50, 28, 28\)",
    ),
    "short": (gzip.compress(idx(IMAGES)[:-1]), "hold 47040 bytes after its head, got 47039"),
    "long": (gzip.compress(idx(IMAGES) + b"x"), "got more"),
    "half a head": (gzip.compress(idx(IMAGES)[:7]), "ends within its head"),
}


@pytest.mark.parametrize(("content", "message"), DAMAGED.values(), ids=DAMAGED)
def test_damaged_files_are_value_errors_that_name_the_file(small, content, message):
    (small / FIRST).write_bytes(content)
    with pytest.raises(ValueError, match=message) as error:
        nn.datasets.load_mnist(small)
    assert FIRST in str(error.value)


# --- the download ------------------------------------------------------------------------------


class Mirror(http.server.BaseHTTPRequestHandler):
    """Serves FILES; `faults` says what goes wrong with each request in turn."""

    faults: list = []  # noqa: RUF012
    asked: list = []  # noqa: RUF012

    def do_GET(self):
        name, fault = self.path.rsplit("/", 1)[1], self.faults.pop(0) if self.faults else None
        self.asked.append(name)
        if fault == "absent":
            return self.send_error(404)
        content = FILES[name][:-1] + b"x" if fault == "damaged" else FILES[name]
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[: len(content) // 2] if fault == "breaks off" else content)
        return None

    def log_message(self, *_):
        """Keep silent."""


@pytest.fixture
def mirror(small, monkeypatch, tmp_path):
    """Serve the files on this machine, from two mirrors, with an empty cache; the folder is gone."""
    pooch = pytest.importorskip("pooch", reason="the download needs pooch")
    shutil.rmtree(small)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Mirror)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    monkeypatch.setattr(digits, "MIRRORS", (f"http://127.0.0.1:{server.server_port}/",) * 2)
    monkeypatch.setattr(pooch, "os_cache", lambda name: tmp_path / "cache" / name)
    Mirror.faults, Mirror.asked = [], []
    yield tmp_path / "cache" / "nnbook"
    server.shutdown()
    server.server_close()


def test_mnist_is_downloaded_once(mirror):
    first, second = nn.datasets.load_mnist(), nn.datasets.load_mnist()
    assert Mirror.asked == list(FILES)
    assert np.array_equal(first[0][0], second[0][0])
    assert first[0][1].tolist() == list(range(10)) * 6
    assert sorted(path.name for path in mirror.iterdir()) == sorted(FILES)
    (mirror / FIRST).write_bytes(b"x")  # a damaged file in the cache is fetched again
    nn.datasets.load_mnist()
    assert (mirror / FIRST).read_bytes() == FILES[FIRST]


@pytest.mark.parametrize("fault", ["absent", "damaged", "breaks off"])
def test_a_fault_is_met_by_the_other_mirror(mirror, fault):
    Mirror.faults = [fault]
    (X, _), _ = nn.datasets.load_mnist()
    assert np.array_equal(X[..., 0], ARRAYS[FIRST].astype(np.float32) / 255)


def test_without_the_right_file_the_message_says_what_to_put_where(mirror, monkeypatch):
    Mirror.faults = ["damaged"] * 2
    with pytest.raises(FileNotFoundError, match=r"ValueError.*Put train-.*NNBOOK_DATA"):
        nn.datasets.load_mnist()
    assert list(mirror.iterdir()) == []
    monkeypatch.setattr(digits, "MIRRORS", ("http://127.0.0.1:9/",))  # nobody listens there
    with pytest.raises(FileNotFoundError, match=r"ConnectionError.*into a folder and pass it"):
        nn.datasets.load_mnist()
    monkeypatch.setitem(sys.modules, "pooch", None)
    with pytest.raises(ImportError, match="pip install pooch"):
        nn.datasets.load_mnist()

"""Handwritten digits: five thousand in the package, seventy thousand by download."""

from __future__ import annotations

import gzip
import math
import os
import zlib
from collections.abc import Callable
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Images = NDArray[np.float32]
Labels = NDArray[np.int64]
Split = tuple[tuple[Images, Labels], tuple[Images, Labels]]

# name, shape and SHA-256 of the original files
MNIST = {
    "train-images-idx3-ubyte.gz": (
        (60_000, 28, 28),
        "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    ),
    "train-labels-idx1-ubyte.gz": (
        (60_000,),
        "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    ),
    "t10k-images-idx3-ubyte.gz": (
        (10_000, 28, 28),
        "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    ),
    "t10k-labels-idx1-ubyte.gz": (
        (10_000,),
        "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
    ),
}
MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
N_TRAIN = 4_000  # of the bundled digits


def load_digits() -> Split:
    """Return 5,000 digits of MNIST that come with the package: 4,000 to train, 1,000 to test.

    The split is fixed and even: 400 and 100 of each class. Where they come from, and under which
    licence, is told in ``nnbook/datasets/README.md``.

    Returns
    -------
    (X_train, y_train), (X_test, y_test)
        X of shape ``(m, 28, 28, 1)``, float32 from 0 (paper) to 1 (ink); y of shape ``(m,)``,
        int64 from 0 to 9.

    Examples
    --------
    >>> (X, y), (X_test, y_test) = load_digits()
    >>> X.shape, X.dtype, y[:5], X_test.shape
    ((4000, 28, 28, 1), dtype('float32'), array([4, 3, 9, 9, 0]), (1000, 28, 28, 1))
    """
    stored = files(__package__) / "digits.npz"  # which may lie in a zip file
    with stored.open("rb") as stream, np.load(stream) as file:
        X, y = _scaled(file["images"]), file["labels"].astype(np.int64)
    return (X[:N_TRAIN], y[:N_TRAIN]), (X[N_TRAIN:], y[N_TRAIN:])


def load_mnist(folder: str | os.PathLike[str] | None = None) -> Split:
    """Return all of MNIST: 60,000 digits to train, 10,000 to test.

    The four gzip files are read from ``folder``, or else from the folder that the environment
    variable NNBOOK_DATA names; if neither is given they are downloaded once (11 MB, needs pooch)
    into the user's cache.

    Returns
    -------
    (X_train, y_train), (X_test, y_test)
        As from :func:`load_digits`.

    Raises
    ------
    FileNotFoundError
        If a file is neither there nor to be downloaded; the message says what to put where.
    ValueError
        If a file is damaged or is not what its name says; the message names it.

    Examples
    --------
    >>> try:
    ...     load_mnist("no/such/folder")
    ... except FileNotFoundError as error:
    ...     print(str(error)[:68])
    load_mnist expects train-images-idx3-ubyte.gz in no/such/folder; put
    """
    folder = folder or os.environ.get("NNBOOK_DATA")
    locate: Callable[[str], str | os.PathLike[str]]
    locate = _download if folder is None else _in_folder(Path(folder))
    images, labels, test_images, test_labels = (
        read_idx(locate(name), shape) for name, (shape, _) in MNIST.items()
    )
    return (
        (_scaled(images), labels.astype(np.int64)),
        (_scaled(test_images), test_labels.astype(np.int64)),
    )


def read_idx(path: str | os.PathLike[str], shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """Return the bytes in a gzip-compressed IDX file, which must hold an array of this shape.

    No more is unpacked than the shape needs, however much the file would give.

    Raises
    ------
    ValueError
        If the file is damaged, cut off, too long, or of another kind or shape.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "three.gz"
    ...     _ = path.write_bytes(gzip.compress(bytes([0, 0, 8, 1, 0, 0, 0, 3, 7, 8, 9])))
    ...     read_idx(path, (3,))
    array([7, 8, 9], dtype=uint8)
    """
    magic = bytes([0, 0, 8, len(shape)])  # two zeros, the type (8: unsigned bytes), the axes
    try:
        with gzip.open(path) as file:
            head = file.read(4 + 4 * len(shape))
            data = file.read(math.prod(shape) + 1)
    except FileNotFoundError:
        raise
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(f"{path} is damaged ({error}); fetch it again") from error
    if head[:4] != magic:
        raise ValueError(
            f"{path} should begin with the IDX magic number {magic.hex()}, got {head[:4].hex()}"
        )
    if len(head) < 4 + 4 * len(shape):
        raise ValueError(f"{path} ends within its head; fetch it again")
    sizes = tuple(int(n) for n in np.frombuffer(head[4:], ">u4"))
    if sizes != shape:
        raise ValueError(f"{path} should hold an array of shape {shape}, its head says {sizes}")
    if len(data) != math.prod(shape):
        raise ValueError(
            f"{path} should hold {math.prod(shape)} bytes after its head, got "
            f"{'more' if len(data) > math.prod(shape) else len(data)}; fetch it again"
        )
    return np.frombuffer(data, np.uint8).reshape(shape)


def _scaled(images: NDArray[np.uint8]) -> Images:
    """Return bytes as numbers from 0 to 1, with a channel axis."""
    return np.divide(images, 255, dtype=np.float32)[..., None]


def _in_folder(folder: Path) -> Callable[[str], str | os.PathLike[str]]:
    def locate(name: str) -> Path:
        if not (folder / name).is_file():
            raise FileNotFoundError(
                f"load_mnist expects {name} in {folder}; put there {', '.join(MNIST)}"
            )
        return folder / name

    return locate


def _download(name: str) -> str:
    """Return the path of a file in the user's cache, fetched if it is not there yet."""
    try:
        import pooch
    except ImportError:
        raise ImportError(
            "load_mnist needs pooch to download: pip install pooch, or pass the folder that holds "
            f"{', '.join(MNIST)}"
        ) from None
    failures = []
    for mirror in MIRRORS:
        fetch = pooch.HTTPDownloader(progressbar=find_spec("tqdm") is not None)
        try:
            path: str = pooch.retrieve(
                mirror + name, MNIST[name][1], name, pooch.os_cache("nnbook"), downloader=fetch
            )
        except (OSError, ValueError) as error:  # no connection, or a file with another SHA-256
            failures.append(f"{mirror}: {type(error).__name__}")
        else:
            return path
    raise FileNotFoundError(
        f"load_mnist could not download {name} ({'; '.join(failures)}). Put {', '.join(MNIST)} "
        "into a folder and pass it, or name it in the environment variable NNBOOK_DATA"
    )

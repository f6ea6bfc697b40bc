"""Arrays and a description, to a file and back: whole, or not at all.

The file is an npz archive of arrays, one of them a description in JSON, and ends with the SHA-256
of everything before it. It is written under another name, flushed to the disk and then renamed, so
that at every moment the file is the old one or the new one. Nothing in it is ever executed.

The description's own frame holds the number of the format, so that later versions can tell, and the
version of nnbook that wrote the file, for people.
"""

from __future__ import annotations

import glob
import hashlib
import io
import json
import os
import secrets
import stat
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from .errors import ModelFileError
from .validation import Array

PathLike = str | os.PathLike[str]

_MARK = b"nnbook sha256 "
_DIGEST_SIZE = 64
_DESCRIPTION = "description"
_FORMAT = 1


def write(path: PathLike, description: Mapping[str, Any], arrays: Mapping[str, Array]) -> None:
    """Write the description, which JSON must know, and the arrays to ``path``, replacing it whole.

    Raises
    ------
    OSError
        If the file cannot be written; what was there before is still there.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write(folder + "/a.model", {"made": "today"}, {"W": np.ones(2)})
    ...     read(folder + "/a.model")
    ({'made': 'today'}, {'W': array([1., 1.])})
    """
    from . import __version__  # known once the package is

    path = Path(path)
    shapes = {name: [list(array.shape), array.dtype.str] for name, array in arrays.items()}
    frame = {"format": _FORMAT, "nnbook": __version__, "arrays": shapes, "content": description}
    text = json.dumps(frame, default=np.ndarray.tolist)
    buffer = io.BytesIO()
    members: dict[str, Any] = {_DESCRIPTION: np.frombuffer(text.encode(), np.uint8), **arrays}
    np.savez(buffer, **members)
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.comment = _MARK + bytes(_DIGEST_SIZE)
    body = buffer.getvalue()[:-_DIGEST_SIZE]
    _replace(path, body + hashlib.sha256(body).hexdigest().encode())


def read(path: PathLike) -> tuple[dict[str, Any], dict[str, Array]]:
    """Return the description and the arrays that `write` has put into ``path``.

    Raises
    ------
    ModelFileError
        If the file is damaged, cut off, or was not written by `write`.
    FileNotFoundError
        If there is no such file.
    """
    content = Path(path).read_bytes()
    body, digest = content[:-_DIGEST_SIZE], content[-_DIGEST_SIZE:]
    if not body.endswith(_MARK):
        raise ModelFileError(f"{path} is not a file that nnbook has saved, or its end is missing")
    if hashlib.sha256(body).hexdigest().encode() != digest:
        raise ModelFileError(f"{path} is damaged: its content does not have the SHA-256 at its end")
    try:
        return _unpack(content)
    except Exception as error:  # a forged file can fail in any way
        raise ModelFileError(f"{path} cannot be read as a model: {error}") from error


def _unpack(content: bytes) -> tuple[dict[str, Any], dict[str, Array]]:
    """Look at what is declared before anything of its size is allocated."""
    archive = zipfile.ZipFile(io.BytesIO(content))
    found = {member.filename.removesuffix(".npy"): member for member in archive.infolist()}
    text = _array(archive, found.pop(_DESCRIPTION), None, None)
    outer = json.loads(text.tobytes().decode())
    if outer.get("format", _FORMAT) != _FORMAT:
        raise ValueError(
            f"nnbook {outer['nnbook']} wrote it in format {outer['format']}, and this nnbook reads "
            f"format {_FORMAT}; take that version"
        )
    shapes = outer["arrays"]
    if found.keys() != shapes.keys():
        raise ValueError(f"arrays {sorted(shapes)} are described, {sorted(found)} are there")
    arrays = {
        name: _array(archive, found[name], tuple(shape), dtype)
        for name, (shape, dtype) in shapes.items()
    }
    return outer["content"], arrays


def _array(
    archive: zipfile.ZipFile,
    member: zipfile.ZipInfo,
    shape: tuple[int, ...] | None,
    dtype: str | None,
) -> np.ndarray:
    """Read one array, if its head says what is expected and its length agrees."""
    with archive.open(member) as file:
        np.lib.format.read_magic(file)
        found, _, kind = np.lib.format.read_array_header_1_0(file)
        size = member.file_size - file.tell()
    if size != kind.itemsize * np.prod(found, dtype=object):
        raise ValueError(f"{member.filename} declares {found} of {kind}, but has {size} bytes")
    if shape is not None and (found, kind.str) != (shape, dtype):
        raise ValueError(f"{member.filename} is {found} of {kind}, described as {shape} of {dtype}")
    if member.compress_type != zipfile.ZIP_STORED:  # nnbook packs nothing, a bomb does
        raise ValueError(f"{member.compress_size} bytes claim to unpack to {member.file_size}")
    with archive.open(member) as file:
        return np.lib.format.read_array(file, allow_pickle=False)


def _replace(path: Path, content: bytes) -> None:
    """Put ``content`` in the place of ``path`` in one step; sweep what others left unfinished.

    A link stays a link, to the new file, and a file that was there keeps its rights.
    """
    path = path.resolve()
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}.tmp")
    try:
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            temporary.chmod(stat.S_IMODE(path.stat().st_mode))
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    for other in path.parent.glob(f".{glob.escape(path.name)}.*.*.tmp"):
        if _is_stale(other):
            other.unlink(missing_ok=True)


def _is_stale(temporary: Path) -> bool:
    """Say whether the process that began a file is gone; where that cannot be told, it is not."""
    pid = temporary.name.split(".")[-3]
    if os.name != "posix" or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)  # asks only
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def can_be_written(path: PathLike) -> None:
    """Raise OSError if no file could be written to ``path``: before long work, not after it.

    >>> can_be_written("model.npz")
    """
    path = Path(path).resolve()
    if not path.parent.is_dir():
        raise FileNotFoundError(
            f"there is no folder {path.parent} for the file {path.name}; make it first"
        )
    if path.is_dir() or not os.access(path.parent, os.W_OK):
        raise PermissionError(f"nothing can be written to {path}; take another path")

"""Arrays and a description, to a file and back: whole, or not at all.

The file is an npz archive of arrays, one of them a description in JSON, and ends with the SHA-256
of everything before it. It is written under another name, flushed to the disk and then renamed, so
that at every moment the file is the old one or the new one. Nothing in it is ever executed.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
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
    frame = {"format": _FORMAT, "content": description}
    text = json.dumps(frame, default=np.ndarray.tolist)
    buffer = io.BytesIO()
    members: dict[str, Any] = {_DESCRIPTION: np.frombuffer(text.encode(), np.uint8), **arrays}
    np.savez(buffer, **members)
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.comment = _MARK + bytes(_DIGEST_SIZE)
    body = buffer.getvalue()[:-_DIGEST_SIZE]
    _replace(Path(path), body + hashlib.sha256(body).hexdigest().encode())


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
    with np.load(io.BytesIO(content), allow_pickle=False) as archive:
        arrays = dict(archive)
    frame = json.loads(arrays.pop(_DESCRIPTION).tobytes().decode())
    if frame["format"] != _FORMAT:
        raise ModelFileError(
            f"{path} has format {frame['format']}, and this nnbook reads format {_FORMAT}; take a "
            "newer version"
        )
    return frame["content"], arrays


def _replace(path: Path, content: bytes) -> None:
    """Put ``content`` in the place of ``path`` in one step; a link stays a link.

    What a process that was killed has left unfinished, the next one overwrites.
    """
    path = path.resolve()
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            temporary.chmod(path.stat().st_mode)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def check_writable(path: PathLike) -> None:
    """Raise OSError if no file could be written to ``path``: before long work, not after it.

    >>> check_writable("model.npz")
    """
    path = Path(path).resolve()
    if not path.parent.is_dir():
        raise FileNotFoundError(
            f"there is no folder {path.parent} for the file {path.name}; make it first"
        )
    if path.is_dir() or not os.access(path.parent, os.W_OK):
        raise PermissionError(f"nothing can be written to {path}; take another path")

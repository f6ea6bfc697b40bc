"""The progress bar of a training."""

from __future__ import annotations

import os
from typing import Any

PROGRESS_DELAY = 3.0  # seconds, before a training shows how far it is


class _NoBar:
    """Stands in for a progress bar where none is wanted."""

    def __enter__(self) -> _NoBar:
        return self

    def __exit__(self, *_: object) -> None: ...

    def update(self, n: int) -> None: ...

    def set_postfix_str(self, text: str, refresh: bool) -> None: ...


def progress_bar(epochs: int, progress: bool | str) -> Any:
    """Return a tqdm bar; "auto" shows it only once training has taken three seconds."""
    if progress not in (True, False, "auto"):
        raise ValueError(f"fit expects progress to be True, False or 'auto', got {progress!r}")
    unwanted = progress == "auto" and os.environ.get("NNBOOK_PROGRESS") == "never"
    if progress is False or unwanted:
        return _NoBar()
    try:
        from tqdm import tqdm
    except ImportError:
        if progress is True:
            raise ImportError("fit needs tqdm for progress=True: pip install tqdm") from None
        return _NoBar()
    delay = PROGRESS_DELAY if progress == "auto" else 0
    return tqdm(total=epochs, unit="epoch", delay=delay, leave=False)

"""Other libraries: each module here needs one, and nothing imports it before that module does."""

import sys
from importlib import import_module


def requires(*modules: str) -> None:
    """Let a notebook go on where a library is not installed: its cells are skipped and say why.

    ``modules`` are names of modules of `nnbook.interop`, such as ``"torch"``. Where one of them
    cannot be imported, the sentence of its `ImportError` is printed, and IPython skips every cell
    up to the next call of `requires`; without arguments it requires nothing, and all cells run.

    Raises
    ------
    ImportError
        If a library is missing, and this is not a cell of IPython, which alone can skip cells.

    Examples
    --------
    >>> requires()
    """
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell and _skipped in shell.input_transformers_cleanup:
        shell.input_transformers_cleanup.remove(_skipped)
    for module in modules:
        try:
            import_module(f"{__name__}.{module}")
        except ImportError as error:
            if not shell:
                raise
            shell.input_transformers_cleanup.append(_skipped)
            print(f"{error}. The cells up to the next `requires` are skipped.")
            return


def _skipped(lines: list[str]) -> list[str]:
    """Return nothing of a cell, unless it calls `requires` itself."""
    return lines if any(line.startswith("requires(") for line in lines) else []

"""``python -m nnbook``: which version this is, and how to open the course."""

from . import __version__


def main() -> None:
    """Print it.

    >>> main()  # doctest: +ELLIPSIS
    nnbook 0.1...
    """
    print(
        f"nnbook {__version__}, a neural-network course you can check.\n"
        "The pages are notebooks in the repository: clone it and run `make lab`, or\n"
        "`pip install .[course]` and `jupyter lab notebooks/00_start_here.ipynb`.\n"
        "The layers: `import nnbook as nn`, and `help(nn.Sequential)`."
    )


if __name__ == "__main__":
    main()

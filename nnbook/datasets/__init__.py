"""Data to learn from: small sets made by formula, and handwritten digits."""

from .digits import load_digits, load_mnist, read_idx
from .toy import hello_world, moons, spirals, xor

__all__ = ["hello_world", "load_digits", "load_mnist", "moons", "read_idx", "spirals", "xor"]

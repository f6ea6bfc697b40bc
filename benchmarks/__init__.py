"""Measurements, each run as ``python -m benchmarks.NAME``: ratios rather than bare seconds."""

"""Measurements, each run as ``python -m benchmarks.NAME``: ratios, never bare seconds."""

"""Doors to other engines: each module needs its library, and nothing here imports it before."""

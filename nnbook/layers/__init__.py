"""Layers, one topic a file: each a forward pass, and a backward pass with its equations."""

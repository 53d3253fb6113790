"""Benchmark runs as people and programs read them."""

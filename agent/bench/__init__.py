"""Benchmarks: sets of problems with known answers, run by a method, judged under every published rule."""

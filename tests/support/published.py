"""Where the published sets lie beside the project, for tests that read them; those skip, saying so, without it."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).parents[2].parent / "shared" / "data"
needed = pytest.mark.skipif(not SHARED.is_dir(), reason="the published sets are not beside the project")

FILES = (
    ("optibench", "optibench/OptiBench.json", "original", 331),
    ("optibench", "alphaopt_clean/optibench.json", "alphaopt", 229),
    ("nl4opt_e", "nl4opt_e/NL4OPT-E.json", "original", 165),
    ("mamo_easy", "mamo/mamo_easy_lp.jsonl", "original", 337),
    ("mamo_easy", "alphaopt_clean/mamo_easy.json", "alphaopt", 287),
    ("mamo_complex", "mamo/mamo_complex_lp.jsonl", "original", 97),
    ("mamo_complex", "optimind/optimind_cleaned_classified_mamo_complex.csv", "optimind", 98),
    ("mamo_complex", "alphaopt_clean/mamo_complex.json", "alphaopt", 48),
    ("optmath", "optmath/OptMATH_Bench.json", "original", 86),
    ("optmath", "optimind/optimind_cleaned_classified_optmath.csv", "optimind", 69),
    ("nl4opt", "optmath/NL4OPT.json", "orlm", 139),
    ("nl4opt", "alphaopt_clean/nl4opt.json", "alphaopt", 117),
    ("nl4opt", "nl4opt_competition/test.jsonl", "competition", 162),
    ("nlp4lp", "alphaopt_clean/nlp4lp.json", "alphaopt", 138),
    ("logior", "alphaopt_clean/logior.json", "alphaopt", 42),
    ("industryor", "optimind/optimind_cleaned_classified_industryor.csv", "optimind", 52),
    ("industryor", "alphaopt_clean/industryor.json", "alphaopt", 47),
    ("complexor", "alphaopt_clean/complexor.json", "alphaopt", 10),
    ("miplib_nl", "miplib_nl", "original", 40),
)
"""Set, file, whose release it is, and its items; two of the 71 rows of OptiMind's OptMATH are empty."""

"""Data flows down, never up: who may import whom."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAY_IMPORT = {
    "sandbox": {"sandbox", "errors"},
    "datasets": {"datasets", "errors"},
    "evaluators": {"evaluators", "sandbox", "datasets", "errors"},
    "prompts": {"prompts", "errors"},
    "agent": {"agent", "prompts", "evaluators", "datasets", "sandbox", "errors", "__version__"},
}


def imported_packages(file: Path) -> set[str]:
    """First-level names inside optwright that a module imports, relatively or by full name."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = file.relative_to(ROOT).parts[: -node.level]
            module = [*base, *(node.module or "").split(".")] if node.module else [*base]
            found |= {module[0]} if module else {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("optwright."):
            found.add((node.module or "").split(".")[1])
    return found


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_a_package_imports_only_what_lies_below_it(package):
    files = [f for f in (ROOT / package).rglob("*.py") if "problems" not in f.parts]
    assert files
    for file in files:
        assert imported_packages(file) <= MAY_IMPORT[package], file


def test_the_wheel_holds_every_package():
    import tomllib

    listed = set(tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"])
    folders = {
        f.parent.relative_to(ROOT) for p in MAY_IMPORT for f in (ROOT / p).rglob("*.py") if "problems" not in f.parts
    }
    assert listed == {"optwright", *("optwright." + ".".join(f.parts) for f in folders)}

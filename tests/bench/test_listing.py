"""The listing of sets on a terminal."""

import json

import pytest
from bakery_set import written
from optwright.agent.bench.listing import added, listing
from optwright.agent.settings import Settings
from optwright.datasets.catalog import manifests
from optwright.datasets.library import Library
from reading import printed


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings(home=tmp_path / "home")


def row(lines: list[str], *cells: str) -> int:
    """Where the line is that holds all of them."""
    [at] = [at for at, line in enumerate(lines) if all(cell in line for cell in cells)]
    return at


def test_every_set_and_release_is_one_line_of_100_columns_and_those_that_are_here_stand_first(settings, tmp_path):
    Library(settings.home).add("optmath", written(tmp_path), "extended")
    lines = printed(listing(settings)).splitlines()
    assert all(len(line) <= 100 for line in lines)
    places = {name: row(lines, f" {name} ", each.title) for name, each in manifests().items()}
    assert sorted(places, key=lambda name: places[name])[:2] == ["own", "optmath"]
    tables = lines[: lines.index(next(line for line in lines if line.startswith("Before")))]
    releases = sum(len(each.releases) for each in manifests().values())
    titles_heads_rules_gap_note_gap = 9
    assert len(tables) == len(manifests()) + releases + titles_heads_rules_gap_note_gap


def test_a_star_stands_where_a_release_can_be_fetched(settings):
    lines = printed(listing(settings)).splitlines()
    assert lines[row(lines, "competition", "nl4opt/nl4opt-competition")].rstrip().endswith(" *")
    assert not lines[row(lines, "retailopt", "junbolian/RetailOpt-190")].rstrip().endswith(" *")


def test_adding_tells_what_was_found(settings, tmp_path):
    (tmp_path / "OptMATH_Bench.json").write_text(json.dumps([{"en_question": "How many?", "en_answer": ""}]))
    said = printed(added(settings, "optmath", tmp_path / "OptMATH_Bench.json", None))
    assert "optmath: release original" in said and "1 item; sha256" in said
    assert "1 item without an answer that can be read: run, but not scored" in said

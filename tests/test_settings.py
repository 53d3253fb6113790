"""Settings: where they come from, which one wins, and what is refused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from optwright.agent.llm.budget import Budget
from optwright.agent.settings import Settings
from optwright.errors import SettingsError
from pydantic import ValidationError

KEY = "sk-very-secret-0123456789"


@pytest.fixture(autouse=True)
def clean(monkeypatch, tmp_path):
    """An empty working directory, and none of the environment's settings."""
    import os

    for name in list(os.environ):
        if name.startswith(("OPTWRIGHT_", "OPENAI_")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def test_flags_win_over_the_environment_over_the_file_over_the_defaults(monkeypatch, tmp_path):
    (tmp_path / "optwright.toml").write_text('model = "file"\nretries = 1\nseed = 1\ngap = 0.1\n')
    monkeypatch.setenv("OPTWRIGHT_MODEL", "environment")
    monkeypatch.setenv("OPTWRIGHT_RETRIES", "2")
    settings = Settings.load(model="flag", retries=None, effort=None)
    assert (settings.model, settings.retries, settings.seed, settings.gap) == ("flag", 2, 1, 0.1)
    assert (settings.effort, settings.temperature, settings.timeout, settings.concurrency) == ("standard", 0, 120, 8)


def test_made_by_hand_they_look_nowhere(monkeypatch, tmp_path):
    (tmp_path / "optwright.toml").write_text("seed = 1\n")
    monkeypatch.setenv("OPTWRIGHT_MODEL", "environment")
    assert (Settings().model, Settings().seed) == (None, 0)


@pytest.mark.parametrize("value", ["calls=5,usd=2", "{ calls = 5, usd = 2.0 }"])
def test_a_budget_is_read_from_text_or_table(monkeypatch, tmp_path, value):
    (tmp_path / "optwright.toml").write_text(f"budget = {value if value[0] == '{' else repr(value)}\n")
    assert Settings.load().budget == Budget(calls=5, usd=2)
    monkeypatch.setenv("OPTWRIGHT_BUDGET", "minutes=3")
    assert Settings.load().budget == Budget(minutes=3)
    assert Settings.load(budget="tokens=9").budget == Settings.load(budget=Budget(tokens=9)).budget == Budget(tokens=9)


def test_the_documentation_lists_every_setting_with_its_default(tmp_path):
    page = (Path(__file__).parents[1] / "docs" / "models.md").read_text()
    rows = dict(re.findall(r"^\| `(\w+)` \| `OPTWRIGHT_(\w+)` \|", page, re.MULTILINE))
    assert rows == {name: name.upper() for name in Settings.model_fields}
    for name in ("timeout", "retries", "concurrency", "time_limit", "gap", "memory_mb", "effort", "cassette_mode"):
        (shown,) = re.findall(rf"^\| `{name}` \| `\w+` \| `?([^|`]+)`? \|", page, re.MULTILINE)
        assert Settings.load(**{name: shown.strip()}) == Settings.load(), name
    (example,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    (tmp_path / "optwright.toml").write_text(example)
    assert Settings.load().budget == Budget(calls=500, minutes=60)


def test_an_unknown_key_in_the_file_is_named_with_the_nearest(tmp_path):
    (tmp_path / "optwright.toml").write_text('modle = "x"\n')
    with pytest.raises(SettingsError, match=r"no setting in optwright.toml is named 'modle'; did you mean model\b"):
        Settings.load()


def test_an_unknown_variable_is_named_with_the_nearest(monkeypatch):
    monkeypatch.setenv("OPTWRIGHT_BASEURL", "http://x/v1")
    with pytest.raises(SettingsError, match=r"'OPTWRIGHT_BASEURL'; did you mean OPTWRIGHT_BASE_URL"):
        Settings.load()


def test_an_unknown_flag_is_named():
    with pytest.raises(SettingsError, match="no flag is named 'zzz'; there are model, base_url"):
        Settings.load(zzz=1)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("time_limit", "-3", r"setting time_limit='-3' \(from the environment\): Input should be greater than 0"),
        ("time_limit", "inf", "finite"),
        ("retries", "many", r"retries='many'.*valid integer"),
        ("effort", "huge", r"effort='huge'.*'quick', 'standard' or 'thorough'"),
        ("cache", "perhaps", "valid boolean"),
        ("base_url", "localhost:11434", "must be an address such as"),
        ("base_url", "http://host:port/v1", "must be an address such as"),
        ("base_url", f"http://user:{KEY}@host/v1", "must not hold a user or password"),
        ("budget", "call=3", "no limit is named 'call'"),
        ("cassette_mode", "replya", "'replay', 'record' or 'record-missing'"),
        ("store", f"mysql://user:{KEY}@host/db", r"setting store \(from the environment\): must be an address such as"),
        ("store", f"postgresql://host/d b?password={KEY}", "must be an address such as postgresql"),
        ("api_key", f"{KEY}\n{KEY}", "copy it again"),
        ("api_key", f"{KEY}\u200b", "copy it again"),
    ],
)
def test_a_wrong_value_is_one_line(monkeypatch, name, value, words):
    monkeypatch.setenv(f"OPTWRIGHT_{name.upper()}", value)
    with pytest.raises(SettingsError, match=words) as raised:
        Settings.load()
    assert "\n" not in str(raised.value) and "very-secret" not in str(raised.value)


def test_the_place_of_a_wrong_value_is_named(tmp_path):
    (tmp_path / "optwright.toml").write_text("budget = { call = 2 }\n")
    with pytest.raises(SettingsError, match=r"setting budget.call=2 \(from optwright.toml\): Extra inputs"):
        Settings.load()
    (tmp_path / "optwright.toml").write_text("seed = -1\nbudget = { calls = -2 }\n")
    with pytest.raises(SettingsError, match=r"setting budget.calls=-2 \(from optwright.toml\)"):
        Settings.load()
    with pytest.raises(SettingsError, match=r"setting seed=-5: "):
        Settings.load(seed=-5, budget="calls=1")


def test_a_file_that_is_no_toml_is_one_line(tmp_path):
    (tmp_path / "optwright.toml").write_text("model = \n")
    with pytest.raises(SettingsError, match=r"cannot read the settings file optwright.toml: .*line 1") as raised:
        Settings.load()
    assert "\n" not in str(raised.value)
    (tmp_path / "optwright.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match="cannot read the settings file"):
        Settings.load()


def test_files_that_are_named_must_be_there(tmp_path):
    with pytest.raises(SettingsError, match=r"cannot read the settings file .*mine.toml: No such file"):
        Settings.load(settings_file=tmp_path / "mine.toml")
    with pytest.raises(SettingsError, match=r"there is no cassette .*tape.jsonl"):
        Settings.load(cassette=tmp_path / "tape.jsonl")
    with pytest.raises(SettingsError, match="a folder that exists"):
        Settings.load(cassette=tmp_path / "none" / "tape.jsonl", cassette_mode="record")
    with pytest.raises(SettingsError, match="name a file"):
        Settings.load(cassette=tmp_path, cassette_mode="record-missing")
    with pytest.raises(SettingsError, match="needs a file to record to"):
        Settings.load(cassette_mode="record")
    assert Settings.load(cassette=tmp_path / "tape.jsonl", cassette_mode="record").cassette


def test_another_settings_file_takes_the_place_of_the_usual_one(tmp_path):
    (tmp_path / "optwright.toml").write_text("seed = 1\n")
    (tmp_path / "mine.toml").write_text("gap = 0.5\n")
    settings = Settings.load(settings_file=tmp_path / "mine.toml")
    assert (settings.seed, settings.gap) == (0, 0.5)


def test_the_key_is_shown_nowhere(monkeypatch):
    monkeypatch.setenv("OPTWRIGHT_API_KEY", f" {KEY}\n")
    monkeypatch.setenv("OPTWRIGHT_STORE", f"postgresql://user:{KEY}@host/db")
    settings = Settings.load()
    assert settings.api_key and settings.api_key.get_secret_value() == KEY
    assert settings.store and settings.store.get_secret_value() == f"postgresql://user:{KEY}@host/db"
    assert Settings.model_validate_json(settings.model_dump_json()).api_key is None
    assert all(KEY not in shown for shown in (repr(settings), str(settings), settings.model_dump_json()))


@pytest.mark.parametrize(
    ("fields", "sent"),
    [
        ({"model": "openai/gpt-x"}, True),
        ({"model": "gpt-x"}, True),
        ({"model": "gpt-x", "base_url": "https://api.openai.com/v1"}, True),
        ({"model": "gpt-x", "base_url": "http://localhost:8000/v1"}, False),
        ({"model": "anthropic/x"}, False),
    ],
)
def test_openais_key_is_for_openai_alone(monkeypatch, fields, sent):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    assert bool(Settings.load(**fields).api_key) is sent


def test_openais_key_goes_with_openais_base_url_and_yields_to_ours(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_BASE_URL", "http://gateway/v1")
    assert Settings.load(model="gpt-x").base_url == "http://gateway/v1"
    monkeypatch.setenv("OPTWRIGHT_API_KEY", "another-key")
    settings = Settings.load(model="gpt-x")
    assert settings.base_url is None and settings.api_key and settings.api_key.get_secret_value() == "another-key"


def test_an_empty_variable_is_not_set(monkeypatch):
    monkeypatch.setenv("OPTWRIGHT_MODEL", "")
    monkeypatch.setenv("OPTWRIGHT_RETRIES", "")
    assert (Settings.load().model, Settings.load().retries) == (None, 4)


def test_the_state_folder_follows_the_desktop_standard(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    assert Settings.load().home == tmp_path / "state" / "optwright"
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert Settings.load().home == tmp_path / ".local" / "state" / "optwright"
    assert Settings.load(home="~/mine").home == tmp_path / "mine"


HOSTS = ["localhost", "10.0.0.1", "[::1]", "a..b", "", "ex ample", "häuser.de", "a_b-c.io"]
PORTS = ["", ":8000", ":abc", ":", ":999999", ":99999"]
PATHS = ["", "/", "/v1", "/v1/?x=1#y", "/\n", "/%zz", "/v 1"]


@given(
    st.sampled_from(["http://", "https://", "ftp://", ""]),
    st.sampled_from(HOSTS) | st.text(max_size=5),
    st.sampled_from(PORTS),
    st.sampled_from(PATHS) | st.text(max_size=5),
)
def test_an_address_that_is_accepted_is_one_that_the_client_takes(scheme, host, port, path):
    import httpx

    try:
        accepted = Settings(base_url=scheme + host + port + path).base_url
    except ValidationError:
        return
    assert accepted and httpx.URL(accepted).host and not accepted.endswith("/")

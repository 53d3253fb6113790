"""Settings: flags > OPTWRIGHT_* > optwright.toml in the working directory > defaults. What is not known is refused."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, EnvSettingsSource, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from ..errors import SettingsError
from ..evaluators.verdict import SolveOptions
from .llm.budget import Budget
from .llm.cassette import Mode
from .llm.wiring import OPENAI_HOST, is_openai

_PREFIX = "OPTWRIGHT_"
_FILE = "optwright.toml"


def _state_home() -> Path:
    """Where runs and the reply cache live: XDG_STATE_HOME/optwright, by default ~/.local/state/optwright."""
    return Path(os.environ.get("XDG_STATE_HOME") or "~/.local/state").expanduser() / "optwright"


def _url(value: str | None) -> str | None:
    if value is None:
        return None
    if "@" in value:
        raise ValueError("must not hold a user or password; put the key in OPTWRIGHT_API_KEY")
    if not re.fullmatch(r"https?://([\w.-]+|\[[\da-f:]+\])(:\d{1,5})?(/[!-~]*)?", value, re.ASCII | re.IGNORECASE):
        raise ValueError("must be an address such as http://localhost:11434/v1")
    return value.rstrip("/")


def _key(value: SecretStr | None) -> SecretStr | None:
    key = value.get_secret_value().strip() if value else ""
    if not key.isascii() or not all(letter.isprintable() and letter != " " for letter in key):
        raise ValueError("holds a character that cannot stand in a key; copy it again")
    return SecretStr(key) if key else None


def _store(value: SecretStr | None) -> SecretStr | None:
    address = value.get_secret_value().strip() if value else ""
    if address and not re.fullmatch(r"postgresql(\+psycopg)?://[!-~]*", address):
        raise ValueError("must be an address such as postgresql+psycopg://user@host/database")
    return SecretStr(address) if address else None


def _budget(value: object) -> object:
    return Budget.parse(value) if isinstance(value, str) else value


class Settings(BaseSettings):
    """What a run is given. `Settings(...)` takes its arguments and the defaults; `Settings.load` looks further."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    model: str | None = None
    """`openai/NAME`, a NAME that `base_url` serves, a litellm string such as `anthropic/NAME`, or `replay`."""
    base_url: Annotated[str | None, AfterValidator(_url)] = None
    """An OpenAI-compatible endpoint."""
    api_key: Annotated[SecretStr | None, AfterValidator(_key)] = Field(default=None, exclude=True)
    """Never written out. OPENAI_API_KEY stands in for it, for OpenAI's own endpoint only."""
    effort: Literal["quick", "standard", "thorough"] = "standard"
    temperature: float = Field(default=0.0, ge=0, le=2)
    timeout: float = Field(default=120.0, gt=0)
    """Seconds for one attempt at one request."""
    retries: int = Field(default=4, ge=0, le=20)
    """Further attempts after the first."""
    concurrency: int = Field(default=8, ge=1)
    """Requests under way at once."""
    budget: Annotated[Budget | None, NoDecode, BeforeValidator(_budget)] = None
    cache: bool = True
    cassette: Annotated[Path | None, AfterValidator(lambda path: path and path.expanduser())] = None
    """A file of recordings, or for replay a folder of them."""
    cassette_mode: Mode = "replay"
    home: Annotated[Path, AfterValidator(Path.expanduser)] = Field(default_factory=_state_home)
    """Folder for runs and the reply cache."""
    store: Annotated[SecretStr | None, AfterValidator(_store)] = Field(default=None, exclude=True)
    """URL of a PostgreSQL database for the runs, instead of a file in `home`. Never written out."""
    time_limit: float = Field(default=60.0, gt=0)
    """Seconds for one solve."""
    gap: float = Field(default=1e-6, ge=0)
    """Relative optimality gap at which a solver may stop."""
    seed: int = Field(default=0, ge=0, lt=2**31)
    memory_mb: int = Field(default=4096, ge=64)
    require_walls: bool = False
    """Refuse to run where a wall of the sandbox is missing."""
    token: Annotated[SecretStr | None, AfterValidator(_key)] = Field(default=None, exclude=True)
    """What clients of a server that is not on loopback must show. Never written out."""
    ray_address: str | None = None
    """`host:port` of a Ray cluster's head: programs run on its nodes instead of this machine."""

    @property
    def solve_options(self) -> SolveOptions:
        """What of it concerns the solving of one program."""
        return SolveOptions(time_limit=self.time_limit, gap=self.gap, seed=self.seed, memory_mb=self.memory_mb)

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource, *_: Any, **__: Any
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)

    @classmethod
    def load(cls, settings_file: Path | None = None, **flags: object) -> Settings:
        """Settings from everywhere; flags that are None are not set. Raises SettingsError.

        `settings_file` takes the place of `optwright.toml`, and must exist.
        """
        given = {name: value for name, value in flags.items() if value is not None}
        _known(given, cls.model_fields, "flag")
        variables = _environment(cls)
        file = settings_file or Path(_FILE)
        in_file = _toml(file, cls) if settings_file or file.exists() else {}
        values = _with_openai_key({**in_file, **variables, **given})
        try:
            settings = cls(**values)
        except ValidationError as error:
            places = {**dict.fromkeys(in_file, str(file)), **dict.fromkeys(variables, "the environment")}
            raise SettingsError(_what_is_wrong(error, places, given)) from None
        return _checked(settings)


def _environment(cls: type[Settings]) -> dict[str, Any]:
    names = [name[len(_PREFIX) :].lower() for name in os.environ if name.upper().startswith(_PREFIX)]
    _known(names, cls.model_fields, "environment variable", lambda name: _PREFIX + name.upper())
    return EnvSettingsSource(cls, env_prefix=_PREFIX, env_ignore_empty=True)()


def _toml(file: Path, cls: type[Settings]) -> dict[str, Any]:
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise SettingsError(f"cannot read the settings file {file}: {why}") from None
    _known(values, cls.model_fields, f"setting in {file}")
    return values


def _known(
    names: Iterable[str], valid: Iterable[str], what: str, shown: Callable[[str], str] = lambda name: name
) -> None:
    valid = list(valid)
    for name in names:
        if name not in valid:
            near = get_close_matches(name, valid, n=3, cutoff=0.5)
            choice = (
                "did you mean " + " or ".join(map(shown, near)) if near else "there are " + ", ".join(map(shown, valid))
            )
            raise SettingsError(f"no {what} is named {shown(name)!r}; {choice}")


def _with_openai_key(values: dict[str, Any]) -> dict[str, Any]:
    """OPENAI_API_KEY (and OPENAI_BASE_URL, which belongs to it) where OpenAI is meant: it is sent nowhere else."""
    key, base_url, model = os.environ.get("OPENAI_API_KEY"), values.get("base_url"), values.get("model")
    if not key or values.get("api_key"):
        return values
    if base_url is None and (model is None or is_openai(str(model))):
        own = os.environ.get("OPENAI_BASE_URL")
        return {**values, "api_key": key, **({"base_url": own} if own else {})}
    return {**values, "api_key": key} if urlsplit(str(base_url or "")).hostname == OPENAI_HOST else values


def _what_is_wrong(error: ValidationError, places: dict[str, str], flags: Iterable[str]) -> str:
    """The first error on one line: where it stands, the value (where it holds no secret), what it should be."""
    first = error.errors(include_url=False)[0]
    name = str(first["loc"][0])
    place = "" if name in flags or name not in places else f" (from {places[name]})"
    value = "" if name in ("api_key", "store", "token") or "@" in str(first["input"]) else f"={first['input']!r}"
    return f"setting {'.'.join(map(str, first['loc']))}{value}{place}: {first['msg'].removeprefix('Value error, ')}"


def _checked(settings: Settings) -> Settings:
    """The settings, where the cassette that they name can be used as they say."""
    path, mode = settings.cassette, settings.cassette_mode
    if path is None:
        if mode != "replay":
            raise SettingsError(f"cassette_mode={mode} needs a file to record to: name one with --cassette")
    elif mode == "replay" and not path.exists():
        raise SettingsError(f"there is no cassette {path}; check --cassette, or record it with --cassette-mode record")
    elif mode != "replay" and (path.is_dir() or not path.parent.is_dir()):
        raise SettingsError(f"cannot record to {path}: name a file in a folder that exists")
    return settings

"""The one error tree. Every message is one line: what is wrong, the value, what to do next.

OptwrightError
├── UsageError                  the caller can mend it: exit code 2
│   ├── ProblemError            the problem's text cannot be used (empty, too long)
│   ├── DataError               a data file is missing, malformed or too large
│   ├── SettingsError           a flag, environment variable or settings file is wrong
│   ├── TaskError               an evolution task cannot be used (its file, seed, splits or scorer)
│   └── NoModelError            no language model is configured
│       └── RecordingMissingError   … and no recording answers this prompt
├── ModelError                  the language model's endpoint failed: exit code 1
│   ├── EndpointError           unreachable, timed out, or answered with an error status
│   └── ReplyError              it answered, but not with what was asked for
├── BudgetError                 the budget for calls, tokens, money or time is spent: exit code 1
└── SandboxError                the sandbox itself is broken or refuses to start: exit code 2

A bad *program* is never one of these: it is an `Outcome` or a `Verdict` with its failure in it.
This module sits below every floor, so that each of them can raise from the same tree.
"""


class OptwrightError(Exception):
    """Base of everything that optwright raises on purpose; `exit_code` is the process's."""

    exit_code = 1


class UsageError(OptwrightError):
    exit_code = 2


class ProblemError(UsageError):
    """The problem's text cannot be used."""


class DataError(UsageError):
    """A data file is missing, malformed, or too large."""


class SettingsError(UsageError):
    """A flag, an environment variable or the settings file holds a value that cannot be used."""


class TaskError(UsageError):
    """An evolution task cannot be used: its file, its seed, its splits or its scorer."""


class NoModelError(UsageError):
    """No language model is configured."""


class RecordingMissingError(NoModelError):
    """Replaying, and no recording answers this prompt."""


class ModelError(OptwrightError):
    """The language model's endpoint failed."""


class EndpointError(ModelError):
    """The endpoint is unreachable, timed out, or answered with an error status."""


class ReplyError(ModelError):
    """The endpoint answered, but not with what was asked for."""


class BudgetError(OptwrightError):
    """The budget for calls, tokens, money or wall time is spent."""


class SandboxError(OptwrightError):
    """The sandbox itself is broken, or a required wall is missing."""

    exit_code = 2

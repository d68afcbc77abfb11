"""How a command fails: one line, perhaps a hint, and an exit code that a script can rely on."""

from enum import IntEnum

from baltoro.foundation.errors import BaltoroError, ErrorKind


class ExitCode(IntEnum):
    """What the process returns. Commands that wait for a run return k6's own codes beside these."""

    OK = 0
    FAILED = 1
    USAGE = 2
    NOT_ALLOWED = 3
    NOT_FOUND = 4
    UNREACHABLE = 5
    RUN_FAILED = 97
    THRESHOLDS_FAILED = 99
    INTERRUPTED = 130


class Failure(Exception):
    """The command cannot do what was asked.

    Args:
        message: what happened, with which value. One line.
        hint: what to do; empty when there is nothing to advise.
        exit_code: see `ExitCode`.
    """

    def __init__(self, message: str, *, hint: str = "", exit_code: ExitCode = ExitCode.FAILED) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.exit_code = exit_code


_KINDS = {
    ErrorKind.NOT_FOUND: ExitCode.NOT_FOUND,
    ErrorKind.NOT_ALLOWED: ExitCode.NOT_ALLOWED,
    ErrorKind.NOT_AUTHENTICATED: ExitCode.NOT_ALLOWED,
    ErrorKind.AUTHENTICATION_FAILED: ExitCode.NOT_ALLOWED,
}


def failure_of(error: BaltoroError) -> Failure:
    """The same refusal, as a command tells it."""
    details = [f"{field}: {', '.join(sentences)}" for field, sentences in error.field_errors.items()]
    return Failure(
        " ".join([error.message, *error.errors, *details]),
        hint=error.hint,
        exit_code=_KINDS.get(error.kind, ExitCode.FAILED),
    )

"""One family of errors. Rooms say what went wrong; only a door knows status codes."""

from collections.abc import Mapping, Sequence
from enum import Enum


class ErrorKind(Enum):
    """What kind of refusal an error is. Each door maps a kind to its dialect's status and code, once."""

    VALIDATION = "validation"
    TOO_LARGE = "too_large"
    UNSUPPORTED_MEDIA = "unsupported_media"
    NOT_FOUND = "not_found"
    NOT_ALLOWED = "not_allowed"
    NOT_AUTHENTICATED = "not_authenticated"
    AUTHENTICATION_FAILED = "authentication_failed"
    CONFLICT = "conflict"
    LIMIT_REACHED = "limit_reached"
    RATE_LIMITED = "rate_limited"
    UNAVAILABLE = "unavailable"


class BaltoroError(Exception):
    """Something the caller can understand and usually mend.

    Args:
        message: one or two sentences for a person at a terminal: what happened, with which value, what to do.
            Never holds a token, a password, SQL or a stack trace.
        field_errors: field name -> sentences, when a field of the request is to blame.
        errors: further sentences.
        detail_code: the stable number of rest-api's `detail_code` table.

    Class attributes:
        kind: see `ErrorKind`.
        hint: what to do next, appended by doors that have a place for it; empty when the message says it already.
    """

    kind = ErrorKind.VALIDATION
    hint = ""
    detail_code: int | None = None

    def __init__(
        self,
        message: str,
        *,
        field_errors: Mapping[str, Sequence[str]] | None = None,
        errors: Sequence[str] = (),
        detail_code: int | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.field_errors = {name: list(sentences) for name, sentences in (field_errors or {}).items()}
        self.errors = list(errors)
        self.retry_after = retry_after
        """Seconds until another attempt makes sense (answers 429 and 503)."""
        if detail_code is not None:
            self.detail_code = detail_code


class Invalid(BaltoroError):
    """A value in the request cannot be accepted."""


class TooLarge(BaltoroError):
    kind = ErrorKind.TOO_LARGE


class UnsupportedMedia(BaltoroError):
    kind = ErrorKind.UNSUPPORTED_MEDIA


class NotFound(BaltoroError):
    """It does not exist, or the asker may not see it: the same answer for both, so that ids do not leak."""

    kind = ErrorKind.NOT_FOUND

    def __init__(self, message: str = "Not found.") -> None:
        super().__init__(message)


class NotAllowed(BaltoroError):
    """Visible to the asker, but not permitted."""

    kind = ErrorKind.NOT_ALLOWED


class NotAuthenticated(BaltoroError):
    """No credentials at all."""

    kind = ErrorKind.NOT_AUTHENTICATED


class AuthenticationFailed(BaltoroError):
    """Credentials that do not hold."""

    kind = ErrorKind.AUTHENTICATION_FAILED


class Conflict(BaltoroError):
    kind = ErrorKind.CONFLICT


class LimitReached(BaltoroError):
    kind = ErrorKind.LIMIT_REACHED


class RateLimited(BaltoroError):
    kind = ErrorKind.RATE_LIMITED


class Unavailable(BaltoroError):
    """A dependency is down or a resource is exhausted; the same request may work later."""

    kind = ErrorKind.UNAVAILABLE

"""Labels of a series: how they are encoded, and what the server accepts."""

from collections.abc import Mapping

from baltoro.k6.errors import BadPush

MAX_LABELS = 40
MAX_NAME_BYTES = 1024
"""Of a metric's or a label's name."""
MAX_VALUE_BYTES = 2048
_RESERVED = "test_run_id"
_NAME, _VALUE, _LABEL = 0x0A, 0x12, 0x0A


def _text(raw: bytes, what: str) -> str:
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise BadPush(f"The push holds a {what} that is not UTF-8.") from error
    # PostgreSQL cannot store it in a text column.
    if "\0" in text:
        raise BadPush(f"The push holds a {what} with a zero byte.")
    return text


def _length_at(raw: bytes, at: int) -> tuple[int, int]:
    """The varint at a place, and the place after it."""
    value = shift = 0
    while True:
        byte = raw[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:  # noqa: PLR2004 - the high bit says that the number goes on
            return value, at
        shift += 7


def parse_labels(raw: bytes) -> dict[str, str]:
    """Labels from the raw protobuf fields `labels` of one series (tag, length and content of each).

    A label whose value is empty has no value on the wire.

    Raises:
        BadPush: not such fields, not UTF-8, or a name that comes twice.
    """
    labels: dict[str, str] = {}
    at = 0
    try:
        while at < len(raw):
            if raw[at] != _LABEL:
                raise BadPush("The push is damaged: something else among the labels of a series.")
            length, at = _length_at(raw, at + 1)
            end = at + length
            name = value = ""
            while at < end:
                field = raw[at]
                length, at = _length_at(raw, at + 1)
                content = raw[at : at + length]
                at += length
                if field == _NAME:
                    name = _text(content, "label name")
                elif field == _VALUE:
                    value = _text(content, "label value")
                else:
                    raise BadPush("The push is damaged: a label with an unknown field.")
            if at != end or at > len(raw):
                raise BadPush("The push is damaged: a label is cut off.")
            if name in labels:
                raise BadPush(f"A series has the label {name[:100]!r} twice.")
            labels[name] = value
    except IndexError as error:
        raise BadPush("The push is damaged: a label is cut off.") from error
    return labels


def check_metric_name(name: str) -> None:
    """Refuses a name that no metric can have.

    Raises:
        BadPush: it is empty, holds a zero byte, or is longer than 1 KiB.
    """
    if not name or "\0" in name:
        raise BadPush("A metric of the push has no usable name.")
    if len(name.encode()) > MAX_NAME_BYTES:
        raise BadPush(f"The metric name {name[:60]!r}… is longer than {MAX_NAME_BYTES} bytes.")


def accepted_labels(metric: str, labels: Mapping[str, str]) -> dict[str, str]:
    """The labels to keep: without those that the server reserves for itself (`__…` and `test_run_id`).

    New clients leave the reserved ones out themselves; k6 up to 0.47 does not.

    Raises:
        BadPush: more than 40 labels, or a name or value beyond its length.
    """
    kept = {name: value for name, value in labels.items() if not name.startswith("__") and name != _RESERVED}
    if len(kept) > MAX_LABELS:
        raise BadPush(
            f"A series of {metric[:60]!r} has {len(kept)} tags; {MAX_LABELS} are allowed. Drop tags in the script."
        )
    for name, value in kept.items():
        if len(name.encode()) > MAX_NAME_BYTES:
            raise BadPush(f"The tag name {name[:60]!r}… of {metric[:60]!r} is longer than {MAX_NAME_BYTES} bytes.")
        # A character has at most four bytes, so most values need no encoding to be sure.
        if len(value) * 4 > MAX_VALUE_BYTES and len(value.encode()) > MAX_VALUE_BYTES:
            raise BadPush(
                f"The tag {name[:60]!r} of {metric[:60]!r} has a value longer than {MAX_VALUE_BYTES} bytes. "
                "For requests with long addresses, set a short `name` tag in the script."
            )
    return kept

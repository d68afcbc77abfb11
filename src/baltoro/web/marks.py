"""How the state of a run looks: a shape, a colour class and a word. The shape carries the meaning."""

import msgspec

from baltoro.k6.status import RunStatus


class Mark(msgspec.Struct, frozen=True):
    """One of the five silhouettes, with its word."""

    shape: str
    """CSS class: `pass`, `fail`, `running`, `aborted` or `queued`."""
    symbol: str
    """Id of the icon in the sprite."""
    word: str
    """What the state is called: `Failed by threshold`."""
    short: str
    """One word for bars and counts: `failed`."""


NEVER_RUN = Mark("queued", "st-queue", "Never run", "never run")


def mark(status: int, result_status: int) -> Mark:
    """The mark of a run in `status` with `result_status` (k6's numbers)."""
    state = RunStatus(status)
    if state in {RunStatus.RUNNING, RunStatus.INITIALIZING}:
        return Mark("running", "st-run", state.text, "running")
    if not state.is_final:
        return Mark("queued", "st-queue", state.text, "queued")
    if state is RunStatus.ABORTED_THRESHOLD:
        return Mark("fail", "st-fail", state.text, "failed")
    if state is not RunStatus.FINISHED:
        return Mark("aborted", "st-abort", state.text, "aborted")
    if result_status:
        return Mark("fail", "st-fail", "Failed by threshold", "failed")
    return Mark("pass", "st-pass", state.text, "passed")

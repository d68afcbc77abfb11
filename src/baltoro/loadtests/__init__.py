"""Load tests: the identity (project, name) that groups runs, found or created at the first run of that name.

`find_or_create_load_test` is what k6's calls end in; `load_test_for` and `load_tests_of` are the gates through which
everybody else gets one. Runs themselves live in `baltoro.runs`, one floor above.
"""

from baltoro.loadtests.change import change_load_test, choose_baseline, forget_load_test, forget_run, note_run_started
from baltoro.loadtests.find import load_test_for, load_tests_of, parse_order
from baltoro.loadtests.find_or_create import create_load_test, find_or_create_load_test
from baltoro.loadtests.model import (
    MAX_NAME_LENGTH,
    CreationProcess,
    LoadTest,
    LoadTestNotFound,
    NameTaken,
    checked_name,
    checked_note,
)

__all__ = [
    "MAX_NAME_LENGTH",
    "CreationProcess",
    "LoadTest",
    "LoadTestNotFound",
    "NameTaken",
    "change_load_test",
    "checked_name",
    "checked_note",
    "choose_baseline",
    "create_load_test",
    "find_or_create_load_test",
    "forget_load_test",
    "forget_run",
    "load_test_for",
    "load_tests_of",
    "note_run_started",
    "parse_order",
]

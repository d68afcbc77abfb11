"""Everything k6 says and expects, as pure functions: pushes, options, archives, statuses, thresholds, config file.

No I/O. Facts come from what real k6 binaries send; `docs/explanation/k6-protocol.md` names them. Other rooms import its
files directly.
"""

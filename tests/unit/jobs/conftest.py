from tests.identity import any_database, database, hasher, template, time
from tests.running_room import house

__all__ = ["any_database", "database", "hasher", "house", "template", "time"]

from tests.identity import ada, any_database, bob, database, hasher, template, time, vault

__all__ = ["ada", "any_database", "bob", "database", "hasher", "template", "time", "vault"]

"""Alembic wants this file; baltoro runs migrations through `baltoro.storage.migrate`."""

"""The roof: builds every object once, starts the tasks, and hands both to the doors. It alone knows everyone."""

from baltoro.server.data_directory import DirectoryInUse, prepare_directory
from baltoro.server.process import PortInUse, Running, running_server, serve
from baltoro.server.services import Services, database_urls, open_vault, opened_databases

__all__ = [
    "DirectoryInUse",
    "PortInUse",
    "Running",
    "Services",
    "database_urls",
    "open_vault",
    "opened_databases",
    "prepare_directory",
    "running_server",
    "serve",
]

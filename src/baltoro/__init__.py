"""baltoro: the k6 Cloud you run yourself."""

__version__ = "0.1.0"

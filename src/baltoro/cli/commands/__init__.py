"""The commands, a file per subject. Imported one by one, when they are asked for."""

"""What every room stands on: errors, clock, ids, settings, logging and the sealing of secrets.

Knows neither k6 nor a database. Other rooms import its files directly.
"""

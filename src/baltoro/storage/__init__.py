"""Where things are kept: connections, transactions, migrations, the job queue and blob files. No business words.

Other rooms import its files directly.
"""

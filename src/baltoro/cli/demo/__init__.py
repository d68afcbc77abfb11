"""The whole product in one command: server, target, user, token, and the real k6 streaming a real test."""

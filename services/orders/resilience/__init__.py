"""How orders lives with neighbours that fail: deadlines, retries, circuit breakers, bounded waits.

Nothing here knows of products or payments; each module is one idea and a library of its own.
"""

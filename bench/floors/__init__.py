"""Floors: the least that the same work could cost in the same language, on the same server and database.

Each module has `opened(config)`, a context with a bare ASGI application; `python -m bench.floors NAME` serves it.
"""

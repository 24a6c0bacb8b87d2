"""PostgreSQL: the pool, the server that Crewhall brings along, and the migrations."""

"""Where journals are kept: memory, SQLite, PostgreSQL."""

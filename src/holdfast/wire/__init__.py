"""Between JSON and the engine: commands in, receipts, views and errors out."""

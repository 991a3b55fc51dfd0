"""The web terminal: pages on the public API, for people. It can do nothing that another client could not."""

"""The machine that decides, the journal that remembers, and the service that commits."""

"""Read-only answers, each of one state at one journal position."""

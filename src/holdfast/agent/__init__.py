"""The agent on a contributor's machine: measures what is there, signs it, keeps it until it is taken."""

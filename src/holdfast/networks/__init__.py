"""The outside: what other networks report, translated to commands. Knows the commands' shapes, not the rules."""

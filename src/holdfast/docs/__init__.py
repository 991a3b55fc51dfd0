"""The generated half of the reference: commands, errors, settings and the command line, written from the code."""

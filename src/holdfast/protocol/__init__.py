"""The rules of the products: pure functions of state, command and time. No I/O, clock, randomness or float."""

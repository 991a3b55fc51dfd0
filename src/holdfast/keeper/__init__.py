"""The keeper: finds what time has made due and what holders ordered once and for all, and has it done exactly once."""

"""Casper: auction and era records as nodes 1.x and 2.x report them, the reward model, and scenarios made of both."""

"""The HTTP API: one table of routes, and the door that each request passes."""

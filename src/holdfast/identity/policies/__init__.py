"""Policies: rules that say which commands are allowed, blocked, or need the approval of others."""

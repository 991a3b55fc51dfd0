"""What fields are made of."""

from __future__ import annotations

Amount = str
"""Whole tokens as text, without trailing zeros."""

Instant = str
"""An instant as text, like 2026-01-01T00:00:00Z."""

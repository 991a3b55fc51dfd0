"""Statements as files: CSV, workbooks, PDF. Each shows the same lines and the totals that were reconciled."""

"""Who holds how much of what: accounts, postings, balances. Knows nothing of products."""

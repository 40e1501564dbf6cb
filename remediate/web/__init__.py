"""The pages for review, approval, the night and the ledger: a thin face over the use cases of the command line."""

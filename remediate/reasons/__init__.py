"""Codes of why something stands where it stands, with one plain sentence for each; decides nothing."""

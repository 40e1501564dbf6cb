"""Measuring how much is right, before, after and at the door; changes nothing in the archive.

`categories` says what counts, `coverage` counts the archive, `sampling` looks at a drawn few, `jobs` at what was sent,
`received` at what others sent, `trend` at the course. `intervals` and `strata` are statistics without I/O.
"""

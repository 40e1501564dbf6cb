"""Measuring how much is right, before, after and at the door; changes nothing in the archive.

`coverage` counts the archive, `sampling` looks at a drawn few, `jobs` at what was sent, `received` at what others sent,
`inflow` at what newly comes, `trend` at the course. `intervals`, `strata` and `chart_rates` are statistics without I/O.
"""

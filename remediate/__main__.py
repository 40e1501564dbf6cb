"""`python -m remediate` is `remediate`."""

from remediate.cli.main import main

main()

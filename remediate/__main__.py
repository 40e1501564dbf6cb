"""`python -m remediate` is `remediate`: before anything else is loaded, ctrl-c gets an answer."""

from __future__ import annotations

from remediate.cli.interrupts import leave_at_once


def main() -> None:
    """Entry point of the installed command."""
    leave_at_once()
    from remediate.cli.main import main as run

    run()


if __name__ == "__main__":
    main()

"""`python -m triage.cli` is `wegwijzer`."""

from triage.cli.commands import main

if __name__ == "__main__":
    main()

"""`python -m cli` is `mailroom`."""

from cli.main import main

if __name__ == "__main__":
    main()

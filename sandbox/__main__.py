"""`python -m sandbox`."""

import os
import sys

from sandbox.command import main

if __name__ == "__main__":
    os.umask(0o077)  # its ledger holds addresses and whole mails
    sys.exit(main())

"""What every test run needs, of one notebook alone too."""

import os

os.environ.setdefault("NNBOOK_PROGRESS", "never")  # a slow machine must not change an output

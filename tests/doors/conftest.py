"""What the tests behind the doors share."""

import os

os.environ["KERAS_BACKEND"] = "torch"  # before Keras is imported

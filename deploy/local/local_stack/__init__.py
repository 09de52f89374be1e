"""The local set-up: private servers and every process of this checkout, kept by supervisor.

``Stack`` is the one door; ``python -m local_stack`` is its command line, used by the Makefile.
"""

from local_stack.stack import Stack

__all__ = ["Stack"]

"""The one base of every error that a person can act on: its message says what to do."""


class StackError(RuntimeError):
    """Something outside the code must change before the stack can go on."""

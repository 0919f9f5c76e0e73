"""What parsers of PDF raise besides errors of their own on a file that is put together wrong: its parts are not what they are used as."""

PUT_TOGETHER_WRONG = (
    ValueError, KeyError, TypeError, AttributeError, IndexError, NotImplementedError, RecursionError, OverflowError,
)  # fmt: skip

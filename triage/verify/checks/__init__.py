"""One check for each kind of field, with the register beside it."""

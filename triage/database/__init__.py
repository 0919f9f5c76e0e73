"""The tables of the help desk, opening a database, and the migrations between layouts."""

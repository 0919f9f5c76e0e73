"""The one object that holds an installation, and the checks of it."""

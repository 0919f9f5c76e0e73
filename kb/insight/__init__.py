"""What people look for and do not find, kept without saying who it was; and how good the search is."""

"""Who sent the mail, and whether that is proven."""

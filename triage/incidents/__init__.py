"""Many mails, one cause."""

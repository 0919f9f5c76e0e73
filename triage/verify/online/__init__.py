"""The form a school fills in on our own page: questions, code, reference and the page to sign."""

"""What is known of a ticket and of the tickets around it."""

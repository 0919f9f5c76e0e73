"""Queue, priority and due time of a mail."""

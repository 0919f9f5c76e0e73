"""From raw mail to a decided ticket. Builds on kb."""

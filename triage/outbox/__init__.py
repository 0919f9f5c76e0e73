"""The one path out: approved answers."""

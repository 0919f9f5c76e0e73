"""The one path in: raw bytes, stored mail, triaged ticket."""

"""Where mail comes from. A source yields raw bytes and changes nothing."""

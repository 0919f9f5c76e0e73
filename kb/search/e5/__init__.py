"""The sentence encoder of the `semantic` extra: its weights, its tokenizer and its graph."""

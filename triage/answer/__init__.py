"""The draft answer: cited, in the writer's language, asking only for what is still needed."""

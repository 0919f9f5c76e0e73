"""What is learned of the articles with SciPy and scikit-learn, as plain arrays. Loaded only when nothing of it was kept."""

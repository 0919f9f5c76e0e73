"""Search over the articles: from what a visitor types to ranked articles, with the reason for each."""

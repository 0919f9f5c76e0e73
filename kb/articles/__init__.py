"""Writing and keeping articles: the editor's acts, checks of style and links, messages and seasonal subjects."""

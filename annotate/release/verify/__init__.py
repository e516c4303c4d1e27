"""Is a release what it says it is? The whole folder, its records line by line, its card, and people's names in it."""

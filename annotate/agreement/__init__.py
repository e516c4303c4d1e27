"""Agreement between annotators: pure functions from records to numbers, and the alignment that gold uses too."""

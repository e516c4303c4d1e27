"""What to label next: a pool of articles, a draw from it, and the account of that draw."""

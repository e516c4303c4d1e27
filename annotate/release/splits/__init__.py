"""Train, dev and test: groups that stay together, what should be alike, the draw, and the lock it leaves."""

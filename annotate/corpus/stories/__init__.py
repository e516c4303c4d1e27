"""The same events told by several outlets: what can be found alike, the pairs that follow, what a person says of them."""

"""Agreement on frames, taken apart, and on what joins them."""

"""A folder that an ML team can take without asking: splits, records, card, sums, and the proof that all of it holds."""

"""Agreement between annotators: pure functions from records to numbers, and the alignment that gold uses too.

categories/   ratings and their coefficients          spans/     F1, unitizing alphas, gamma
frames/       frames taken apart, links, coreference   alignment  which items of two annotators, or of all, are the same thing
labellings    all of it, for a schema                  files      for anybody's ratings and spans
intervals     resampling documents                     results    what comes back
annotators, disagreements, sample_size                 who, where, and how much more
gate, text                                             what must be reached; results in words
"""

"""A pool of any size: what ``ingest`` does to articles, in tasks that Daft runs on this machine or on a cluster.

The text of an article passes through the same pure functions as in ``ingest``; here they are only called in tasks. A task is one shard of
the input, or one range of keys. It reads finished files, holds no more than its own part, and leaves finished files and a mark; so memory
does not grow with the corpus, a run that was killed goes on behind the marks, and results depend neither on the engine nor on how the input
is cut. Daft carries tasks rather than rows, because it holds what it reads: 4.7 GB for a million articles.

    shards    what the files are cut into, and its rows
    clean     shard → articles, and the lines that no rule knows
    recurring which of those lines an outlet prints again and again (a query of Daft's)
    mark      shard → articles with these lines marked, sketches of their bodies, keys
    pairs     range of keys → pairs that share one; range of pairs → those that share enough: candidates
    links     shard → the shingles of candidates; range of candidates → links
    finish    shard → a file of the pool
    build     the order of all this, and what is decided in one place: ids that stand twice, clusters

Needs the extra ``corpus``; import it where it is used.
"""

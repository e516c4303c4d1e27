"""One file a command, in the pipeline's own names. Each composes rooms with the store: ``run`` does it and returns a plain record,
``show`` says the record in words. Only cli/ prints. What several of them read from the store is in stored.py.
"""

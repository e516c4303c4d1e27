"""Articles in: read, zones, sentences. Nothing here moves or deletes a character but for CR LF → LF."""

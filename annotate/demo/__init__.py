"""The bundled sample: 28 articles about invented states, two independent labellings, their adjudicated gold, and simulated annotators."""

"""From news articles to gold-standard event and stance data, with Label Studio as the place where people label."""

__version__ = "0.1.0"

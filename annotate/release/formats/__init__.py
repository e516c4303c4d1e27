"""A release in the formats that others read, each with a report of what it could not carry."""

from annotate.release.formats.loss import Loss
from annotate.release.formats.write import FORMATS, formats_of, write_formats

__all__ = ["FORMATS", "Loss", "formats_of", "write_formats"]

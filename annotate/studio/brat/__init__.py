"""Annotations made in brat, read as Label Studio would have them."""

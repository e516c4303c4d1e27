"""Many annotations to one answer, and how each answer was reached."""

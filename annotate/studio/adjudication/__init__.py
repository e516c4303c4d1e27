"""What annotators dispute, to an adjudicator and back: the sheet, its task and project, what was submitted, which decisions count."""

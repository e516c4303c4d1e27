"""Everything that speaks to Label Studio: the server of one's own, its people, projects, tasks and results."""
